package dev.sockbroker.system;

import static dev.sockbroker.system.SocketPair.receive;
import static dev.sockbroker.system.SocketPair.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs expect from the options of {@code java.net}'s sockets.
 *
 * <p>The tests run with the JDK's sockets and with the broker's. The JDK's sockets are the
 * reference, so the tests expect only what they do.
 */
@ParameterizedClass
@EnumSource
@WithBroker
class JdkOptionExpectationsTest {
  private static BrokerProcess broker;

  @Parameter private SocketPair.Owner owner;

  private SocketPair pair;

  @BeforeEach
  void connect() throws IOException {
    pair = SocketPair.of(owner, broker);
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

  // ---- by name

  @Test
  void shouldHaveTheOldOptions() throws IOException {
    pair.client.setTcpNoDelay(true);
    assertThat(pair.client.getTcpNoDelay()).isTrue();
    pair.client.setKeepAlive(true);
    assertThat(pair.client.getKeepAlive()).isTrue();
    pair.client.setReuseAddress(true);
    assertThat(pair.client.getReuseAddress()).isTrue();
    pair.client.setTrafficClass(0x10);
    assertThat(pair.client.getTrafficClass()).isEqualTo(0x10);
    pair.client.setSendBufferSize(40_000);
    assertThat(pair.client.getSendBufferSize()).isEqualTo(40_000);
    pair.client.setReceiveBufferSize(50_000);
    assertThat(pair.client.getReceiveBufferSize()).isEqualTo(50_000);
    assertThat(pair.client.getSoLinger()).isEqualTo(-1);
    pair.client.setSoLinger(true, 70_000);
    assertThat(pair.client.getSoLinger()).isEqualTo(65_535);
    pair.client.setSoLinger(false, 0);
    assertThat(pair.client.getSoLinger()).isEqualTo(-1);
    assertThat(pair.listener.getReuseAddress()).isTrue();
    pair.listener.setReceiveBufferSize(60_000);
    assertThat(pair.listener.getReceiveBufferSize()).isEqualTo(60_000);
    assertThat(pair.listener.getSoTimeout()).isZero();
    assertThatThrownBy(() -> pair.client.setSoTimeout(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldHaveTheStandardOptions() throws IOException {
    pair.client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    assertThat(pair.client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
    pair.client.setOption(StandardSocketOptions.SO_LINGER, 3);
    assertThat(pair.client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(3);
    pair.client.setOption(StandardSocketOptions.SO_LINGER, -1);
    assertThat(pair.client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
    pair.client.setOption(StandardSocketOptions.SO_RCVBUF, 50_000);
    assertThat(pair.client.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(50_000);
    pair.client.setOption(StandardSocketOptions.IP_TOS, 8);
    assertThat(pair.client.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(8);
    assertThat(pair.client.getTrafficClass()).isEqualTo(8);
    pair.client.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
    assertThat(pair.client.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(77);
    pair.client.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
    assertThat(pair.client.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(7);
    pair.client.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 5);
    assertThat(pair.client.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(5);
    pair.client.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
    assertThat(pair.client.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isFalse();
    try (ServerSocket fresh = pair.servers.createServerSocket()) {
      fresh.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      assertThat(fresh.getOption(StandardSocketOptions.SO_REUSEPORT)).isTrue();
      assertThatThrownBy(() -> fresh.setOption(StandardSocketOptions.TCP_NODELAY, true))
          .isExactlyInstanceOf(UnsupportedOperationException.class)
          .hasMessage("'TCP_NODELAY' not supported");
    }
    assertThatThrownBy(() -> pair.client.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessage("'IP_MULTICAST_TTL' not supported");
    assertThatThrownBy(() -> pair.client.setOption(StandardSocketOptions.SO_RCVBUF, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSayWhichOptionsItHas() throws IOException {
    try (Socket plain = new Socket();
        ServerSocket plainListener = new ServerSocket()) {
      assertThat(plain.supportedOptions())
          .containsAll(pair.client.supportedOptions())
          .as("but that of the network card")
          .hasSizeLessThanOrEqualTo(pair.client.supportedOptions().size() + 1);
      assertThat(plainListener.supportedOptions())
          .containsAll(pair.listener.supportedOptions())
          .hasSizeLessThanOrEqualTo(pair.listener.supportedOptions().size() + 1);
    }
  }

  // ---- urgent data

  @Test
  void shouldTakeUrgentDataInLine() throws IOException {
    pair.server.setOOBInline(true);
    assertThat(pair.server.getOOBInline()).isTrue();
    send(pair.client, "a");
    pair.client.sendUrgentData('!');
    send(pair.client, "b");
    assertThat(receive(pair.server, 3)).isEqualTo("a!b");
  }

  @Test
  void shouldLeaveUrgentDataOutOtherwise() throws IOException {
    assertThat(pair.server.getOOBInline()).isFalse();
    send(pair.client, "a");
    pair.client.sendUrgentData('!');
    send(pair.client, "b");
    assertThat(receive(pair.server, 2)).isEqualTo("ab");
  }
}
