package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Address;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPatternTest {
  private static final Ports EPHEMERAL = new Ports(32768, 60999);

  private static Endpoint local(String host, int port) {
    return Endpoint.local(Transport.TCP, Address.inet(host, port), EPHEMERAL);
  }

  private static Endpoint remote(String host, int port) {
    return Endpoint.remote(Transport.TCP, Address.inet(host, port));
  }

  @ParameterizedTest
  @CsvSource({
    "tcp:*:443, 0.0.0.0, 443, true",
    "tcp:*:443, '::', 443, true",
    "tcp:*:443, 10.1.2.3, 443, true",
    "tcp:*:443, 0.0.0.0, 444, false",
    "tcp:10.0.0.0/8:443, 10.1.2.3, 443, true",
    "tcp:10.0.0.0/8:443, 11.1.2.3, 443, false",
    "tcp:10.0.0.0/8:443, 0.0.0.0, 443, false",
    "tcp:10.0.0.0/8:443, '::ffff:10.1.2.3', 443, true",
    "tcp:0.0.0.0:443, 0.0.0.0, 443, true",
    "tcp:0.0.0.0:443, '::', 443, false",
    "tcp:[::]:443, '::', 443, true",
    "tcp:[::/0]:443, '::', 443, false",
    "tcp:[2001:db8::/32]:443, '2001:db8::1', 443, true",
    "tcp:[2001:db8::/32]:443, '2001:db9::1', 443, false",
    "tcp:[fe80::/10]:443, 'fe80::1%lo', 443, true",
    "tcp:*:8000-8099, 0.0.0.0, 8099, true",
    "tcp:*:8000-8099, 0.0.0.0, 8100, false",
    "tcp:*:*, 0.0.0.0, 0, true",
    "tcp:*:1024-65535, 0.0.0.0, 0, true",
    "tcp:*:8000-8099, 0.0.0.0, 0, false",
    "udp:*:443, 0.0.0.0, 443, false"
  })
  void shouldAllowToListenWhereAllOfItIsCovered(
      String pattern, String host, int port, boolean expected) {
    assertThat(AddressPattern.parse(pattern, false).covers(local(host, port))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp:127.0.0.1:80, 0.0.0.0, 80, true",
    "tcp:127.0.0.1:80, '::', 80, true",
    "tcp:[2001:db8::1]:80, 0.0.0.0, 80, false",
    "tcp:127.0.0.1:40000, 127.0.0.1, 0, true",
    "tcp:127.0.0.1:80, 127.0.0.1, 0, false"
  })
  void shouldDenyToListenWhereAnyOfItOverlaps(
      String pattern, String host, int port, boolean expected) {
    assertThat(AddressPattern.parse(pattern, false).overlaps(local(host, port)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp:127.0.0.0/8:*, 127.0.0.1",
    "tcp:127.0.0.0/8:*, '::ffff:127.0.0.1'",
    "tcp:127.0.0.0/8:*, '::FFFF:7f00:1'",
    "tcp:127.0.0.0/8:*, 0.0.0.0",
    "tcp:127.0.0.0/8:*, '::'",
    "tcp:127.0.0.0/8:*, '::1'",
    "tcp:127.0.0.0/8:*, '::ffff:0.0.0.0'",
    "tcp:[::1]:*, '::'",
    "tcp:169.254.169.254:*, '::ffff:a9fe:a9fe'",
    "tcp:169.254.169.254:*, '64:ff9b::a9fe:a9fe'",
    "tcp:169.254.169.254:*, '64:ff9b:1::a9fe:a9fe'",
    "tcp:169.254.169.254:*, '64:ff9b:1:a9fe:00a9:fe00::'",
    "tcp:api.example.org:*, API.Example.org.",
    "tcp:*:*, api.example.org"
  })
  void shouldDenyToConnectByWhateverAddress(String pattern, String host) {
    assertThat(AddressPattern.parse(pattern, true).overlaps(remote(host, 80))).isTrue();
  }

  @Test
  void shouldAllowANameOnlyByItself() {
    AddressPattern api = AddressPattern.parse("tcp:api.example.org:443", true);
    assertThat(api.covers(remote("API.example.ORG.", 443))).isTrue();
    assertThat(api.covers(remote("api.example.org", 80))).isFalse();
    assertThat(api.covers(remote("x.api.example.org", 443))).isFalse();
    assertThat(api.covers(remote("10.0.0.1", 443))).isFalse();
    assertThat(AddressPattern.parse("tcp:10.0.0.0/8:443", true).covers(remote("api", 443)))
        .isFalse();
    assertThat(AddressPattern.parse("tcp:*:443", true).covers(remote("api", 443))).isTrue();
  }

  @Test
  void shouldMatchUnixPathsInOneSpelling() {
    AddressPattern web = AddressPattern.parse("unix:/run/web/*", false);
    assertThat(web.covers(unix("/run/web/a.sock"))).isTrue();
    for (String path :
        new String[] {
          "/run/web/../x",
          "/run/web/./x",
          "/run/web//x",
          "/run/web/x/",
          "run/web/x",
          "",
          "/run/web/"
        }) {
      assertThat(web.covers(unix(path))).as(path).isFalse();
    }
    assertThat(AddressPattern.parse("unix:@web-*", true).covers(unix("@web-1"))).isTrue();
    assertThat(AddressPattern.parse("unix:@web-*", true).covers(unix("/web-1"))).isFalse();
  }

  @Test
  void shouldShowAMappedAddressAsRulesWriteIt() {
    assertThat(remote("::ffff:10.1.2.3", 443)).hasToString("tcp:10.1.2.3:443");
    assertThat(local("::ffff:10.1.2.3", 443)).hasToString("tcp:10.1.2.3:443");
    assertThat(remote("2001:db8::1", 443)).hasToString("tcp:[2001:db8::1]:443");
  }

  private static Endpoint unix(String path) {
    return Endpoint.remote(Transport.UNIX, Address.unix(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp:*",
        "tcp:*:",
        "tcp::443",
        "tcp:*:65536",
        "tcp:*:-1",
        "tcp:*:9-8",
        "tcp:*:1-",
        "sctp:*:1",
        "*:443",
        "tcp:10.0.0.1/8:443",
        "tcp:10.0.0.0/33:443",
        "tcp:10.0.0/8:443",
        "tcp:127.1:443",
        "tcp:::1:443",
        "tcp:[10.0.0.1:443",
        "tcp:api.example.org:443",
        "unix:relative",
        "unix:",
        "unix:/a/../b",
        "",
        "tcp:*:１"
      })
  void shouldRefuseWhatIsNoPattern(String text) {
    assertThatThrownBy(() -> AddressPattern.parse(text, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp:0.0.0.0:80",
        "tcp:[::]:80",
        "tcp:1.2:80",
        "tcp:host.7:80",
        "tcp:a b:80",
        "tcp:0x7f.1:80",
        "tcp:2130706433:80"
      })
  void shouldRefuseWhatIsNoDestination(String text) {
    assertThatThrownBy(() -> AddressPattern.parse(text, true))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
