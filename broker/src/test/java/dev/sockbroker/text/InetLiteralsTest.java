package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sockbroker.protocol.InetText;
import java.net.Inet4Address;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InetLiteralsTest {
  private static final int TEXTS = 100_000;
  private static final String CHARACTERS = "0019....:%f";
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

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

  /** The JDK reads more forms of IPv4 addresses. */
  @Test
  void shouldTakeFourNumbersOfAtMostThreeDigitsOnly() {
    Random random = new Random(15);
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(12);
      for (int j = 0; j < length; j++) {
        text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
      }
      byte[] address = InetLiterals.parse(text.toString());
      boolean isIpv4 = address != null && address.length == 4;
      assertThat(isIpv4).as(text.toString()).isEqualTo(isDotted(text.toString()));
    }
  }

  private static boolean isDotted(String text) {
    return IPV4.matcher(text).matches()
        && catchThrowable(() -> Inet4Address.ofLiteral(text)) == null;
  }
}
