package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Family;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

final class JdkOptionsTest {
  @Test
  void shouldTranslateTheJdksNamesToTheKernels() {
    assertName(StandardSocketOptions.TCP_NODELAY, "TCP_NODELAY", "TCP_NODELAY");
    assertName(StandardSocketOptions.SO_LINGER, "SO_LINGER", "SO_LINGER");
    assertName(StandardSocketOptions.IP_TOS, "IP_TOS", "IPV6_TCLASS");
    assertName(StandardSocketOptions.IP_MULTICAST_TTL, "IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS");
    assertName(ExtendedSocketOptions.TCP_KEEPINTERVAL, "TCP_KEEPINTVL", "TCP_KEEPINTVL");
    assertName(ExtendedSocketOptions.TCP_KEEPCOUNT, "TCP_KEEPCNT", "TCP_KEEPCNT");
    assertName(ExtendedSocketOptions.TCP_QUICKACK, "TCP_QUICKACK", "TCP_QUICKACK");
  }

  @Test
  void shouldGiveTheKernelsValueTheOptionsType() throws IOException {
    assertThat(JdkOptions.toJdk(StandardSocketOptions.SO_RCVBUF, 2304L)).isEqualTo(2304);
    assertThat(JdkOptions.toJdk(StandardSocketOptions.TCP_NODELAY, true)).isTrue();
    assertThat(JdkOptions.toJdk(StandardSocketOptions.TCP_NODELAY, 1L)).isTrue();
    assertThat(JdkOptions.toJdk(StandardSocketOptions.IP_MULTICAST_LOOP, 0L)).isFalse();
  }

  @Test
  void shouldKeepTheJdksMeaningOfLinger() throws IOException {
    SocketOption<Integer> linger = StandardSocketOptions.SO_LINGER;

    assertThat(JdkOptions.toWire(linger, -1, Family.INET))
        .isEqualTo(Map.of("on", false, "seconds", 0));
    assertThat(JdkOptions.toWire(linger, 0, Family.INET))
        .isEqualTo(Map.of("on", true, "seconds", 0));
    assertThat(JdkOptions.toJdk(linger, Map.of("on", false, "seconds", 5L))).isEqualTo(-1);
    assertThat(JdkOptions.toJdk(linger, Map.of("on", true, "seconds", 5L))).isEqualTo(5);
  }

  @Test
  void shouldNameAnInterfaceAsTheFamilyHasIt() throws IOException {
    SocketOption<NetworkInterface> option = StandardSocketOptions.IP_MULTICAST_IF;
    NetworkInterface loopback = NetworkInterface.getByIndex(1);

    assertThat(JdkOptions.toWire(option, loopback, Family.INET6)).isEqualTo(1);
    assertThat(JdkOptions.toWire(option, loopback, Family.INET))
        .isEqualTo(Map.of("interface", 1, "address", "127.0.0.1"));
    assertThat(JdkOptions.toJdk(option, 1L)).isEqualTo(loopback);
    assertThat(JdkOptions.toJdk(option, Map.of("address", "127.0.0.1"))).isEqualTo(loopback);
    assertThat(JdkOptions.toJdk(option, Map.of("address", "0.0.0.0"))).isNull();
    assertThat(JdkOptions.toJdk(option, 0L)).isNull();
  }

  @Test
  void shouldRefuseAValueThatIsNotTheOptionsKind() {
    assertThatThrownBy(() -> JdkOptions.toJdk(StandardSocketOptions.SO_RCVBUF, "many"))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("SO_RCVBUF is many");
  }

  private static void assertName(SocketOption<?> option, String inet, String inet6) {
    assertThat(JdkOptions.kernelName(option, Family.INET)).isEqualTo(inet);
    assertThat(JdkOptions.kernelName(option, Family.INET6)).isEqualTo(inet6);
  }
}
