package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The JDK's meaning of socket options in the client library. */
@Timeout(60)
@WithBroker
final class LibraryOptionsTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static BrokerProcess process;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void shouldKeepTheJdksMeaningOfEveryOption() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      SharedSocket tcp = pair.shared();
      assertKept(tcp, StandardSocketOptions.TCP_NODELAY, true);
      assertKept(tcp, StandardSocketOptions.SO_KEEPALIVE, true);
      assertKept(tcp, StandardSocketOptions.SO_REUSEADDR, true);
      assertKept(tcp, StandardSocketOptions.SO_REUSEPORT, true);
      assertKept(tcp, StandardSocketOptions.SO_LINGER, 5);
      assertKept(tcp, StandardSocketOptions.SO_LINGER, -1);
      assertKept(tcp, StandardSocketOptions.IP_TOS, 0x10);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPIDLE, 33);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
      assertKept(tcp, ExtendedSocketOptions.TCP_QUICKACK, true);
      assertThat(tcp.setOption(StandardSocketOptions.SO_RCVBUF, 1000)).isEqualTo(2304);
      assertThat(tcp.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(2304);
      assertThat(tcp.getOption("SO_RCVBUF")).isEqualTo(2304L);
      assertThat(tcp.options()).containsEntry("TCP_NODELAY", true).containsKey("TCP_INFO");
    }
  }

  @Test
  void shouldKeepTheJdksMeaningOfMulticastOptions() throws Exception {
    NetworkInterface loopback = NetworkInterface.getByInetAddress(LOOPBACK);
    for (String host : List.of("127.0.0.1", "::1")) {
      try (SharedSocket udp = broker.open(SocketSpec.udp(host, 0))) {
        assertKept(udp, StandardSocketOptions.SO_BROADCAST, true);
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_TTL, 4);
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_LOOP, false);
        assertThat(udp.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isNull();
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_IF, loopback);
      }
    }
  }

  private static <T> void assertKept(SharedSocket socket, SocketOption<T> option, T value)
      throws IOException {
    assertThat(socket.setOption(option, value)).as(option.name()).isEqualTo(value);
    assertThat(socket.getOption(option)).as(option.name()).isEqualTo(value);
  }

  @Test
  void shouldReachOptionsByNumber() throws Exception {
    try (SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      byte[] on = {1, 0, 0, 0};
      assertThat(udp.setOption(1, 6, on)).isEqualTo(on); // SOL_SOCKET, SO_BROADCAST
      assertThat(udp.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
      assertThat(udp.getOption(1, 6, 4)).isEqualTo(on);
    }
  }
}
