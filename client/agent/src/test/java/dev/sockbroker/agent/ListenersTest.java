package dev.sockbroker.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ListenersTest {
  private static Listener listener(String host, int port) throws IOException {
    return new InheritedListener(new ListenAddress(InetAddress.getByName(host), port), port);
  }

  private static Listener find(String host, int port, Listener... all) throws IOException {
    return new Listeners(Arrays.asList(all)).find(InetAddress.getByName(host), port);
  }

  @Test
  void shouldFindTheListenerWithTheAddress() throws Exception {
    Listener one = listener("127.0.0.1", 80);
    Listener other = listener("127.0.0.2", 80);

    assertThat(find("127.0.0.2", 80, one, other)).isSameAs(other);
    assertThat(find("127.0.0.3", 80, one, other)).isNull();
    assertThat(find("127.0.0.1", 81, one, other)).isNull();
  }

  @Test
  void shouldTreatAllAddressesOfBothVersionsAlike() throws Exception {
    Listener four = listener("0.0.0.0", 80);
    Listener six = listener("::", 81);

    assertThat(find("::", 80, four, six)).isSameAs(four);
    assertThat(find("0.0.0.0", 81, four, six)).isSameAs(six);
  }

  @Test
  void shouldFindAnAddressThatIsMappedToVersion6() throws Exception {
    Listener four = listener("127.0.0.1", 80);

    assertThat(find("::ffff:127.0.0.1", 80, four)).isSameAs(four);
  }

  @Test
  void shouldGiveOneAddressToAProgramThatAsksForAll() throws Exception {
    Listener one = listener("127.0.0.1", 80);

    assertThat(find("::", 80, one)).isSameAs(one);
    assertThat(find("0.0.0.0", 80, one)).isSameAs(one);
  }

  @Test
  void shouldNotGiveAllAddressesToAProgramThatAsksForOne() throws Exception {
    assertThat(find("127.0.0.1", 80, listener("::", 80))).isNull();
  }

  @Test
  void shouldPreferTheListenerWithAllAddresses() throws Exception {
    Listener one = listener("127.0.0.1", 80);
    Listener all = listener("::", 80);

    assertThat(find("0.0.0.0", 80, one, all)).isSameAs(all);
  }

  @Test
  void shouldNotChooseOneOfSeveral() throws Exception {
    Listener one = listener("127.0.0.1", 80);
    Listener other = listener("::1", 80);

    assertThatThrownBy(() -> find("::", 80, one, other))
        .isInstanceOf(BindException.class)
        .hasMessage(
            "several listeners have port 80; bind to one of"
                + " [127.0.0.1:80, [0:0:0:0:0:0:0:1]:80]");
  }

  @Test
  void shouldFindAPortThatTheKernelChooses() throws Exception {
    Listener any = listener("127.0.0.1", 0);

    assertThat(find("127.0.0.1", 0, any)).isSameAs(any);
    assertThat(find("127.0.0.1", 0, listener("127.0.0.1", 80))).isNull();
  }
}
