package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.InetText;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InetLiteralsTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:0:0:1:1:0:0:1, 2001::1:1:0:0:1",
    "::ffff:192.0.2.128, ::ffff:192.0.2.128",
    "::ffff:c000:280, ::ffff:192.0.2.128",
    "fe80::1:2:3:4, fe80::1:2:3:4"
  })
  void shouldWriteTheShortestForm(String literal, String shortest) {
    byte[] address = InetLiterals.parse(literal);
    assertThat(address).isNotNull();
    assertThat(InetText.format(address)).isEqualTo(shortest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "127.1",
        "256.0.0.1",
        "1.2.3.4.5",
        "localhost",
        "[::1]",
        ":",
        ":::",
        "1:2",
        "::g",
        "1:2:3:4:5:6:7:8:9",
        "fe80::1%lo",
        " 127.0.0.1",
        "::1.2.3",
        "١.1.1.1"
      })
  void shouldTakeNothingElse(String text) {
    assertThat(InetLiterals.parse(text)).isNull();
  }
}
