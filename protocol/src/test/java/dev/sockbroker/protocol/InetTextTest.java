package dev.sockbroker.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InetTextTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0:0:0:0:0:0:0:1, ::1",
    "0:0:0:0:0:0:0:0, ::",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:0db8:0000:0001:0001:0001:0001:0001, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "fe80:0:0:0:0:0:0:1%eth0, fe80::1%eth0",
    "fe80:0:0:0:0:0:0:1%no-such-interface, fe80::1%no-such-interface",
    "0:0:0:0:0:ffff:7f00:1, ::ffff:127.0.0.1",
    "::ffff:127.0.0.1, ::ffff:127.0.0.1",
    "localhost, localhost",
    "1:2:3, 1:2:3",
    ".example.com:80, .example.com:80",
    "xyz:1, xyz:1"
  })
  void shouldWriteTheFormOfRfc5952(String host, String canonical) {
    assertThat(InetText.canonical(host)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1:80",
    "0:0:0:0:0:0:0:1, [::1]:80",
    "fe80:0:0:0:0:0:0:1%eth0, [fe80::1%eth0]:80"
  })
  void shouldBeHowAnAddressIsWritten(String host, String address) {
    assertThat(Address.inet(host, 80)).hasToString(address);
  }
}
