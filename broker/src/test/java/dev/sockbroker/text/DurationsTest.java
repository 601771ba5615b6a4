package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({"0s, 0", "500ms, 500", "60s, 60000", "5m, 300000", "1h, 3600000", "2d, 172800000"})
  void shouldReadATime(String text, long millis) {
    assertThat(Durations.parse(text)).isEqualTo(millis);
  }

  @Test
  void shouldReadForever() {
    assertThat(Durations.parse("forever")).isEqualTo(Request.FOREVER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "s", "60", "60 s", "-1s", "1.5s", "1w", "60S", "99999999999999999d", "٣s"})
  void shouldRefuseWhatIsNoTime(String text) {
    assertThatThrownBy(() -> Durations.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("60s");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, forever",
    "0, 0ms",
    "999, 999ms",
    "1000, 1s",
    "59999, 59s",
    "192000, 3m12s",
    "3600000, 1h",
    "3660000, 1h1m",
    "90000000, 1d1h"
  })
  void shouldFormatInTheTwoGreatestUnits(long millis, String text) {
    assertThat(Durations.format(millis)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, forever",
    "0, 0ms",
    "1500, 1500ms",
    "90000, 90s",
    "120000, 2m",
    "3660000, 61m",
    "172800000, 2d"
  })
  void shouldWriteExactlyWhatItReads(long millis, String text) {
    assertThat(Durations.exact(millis)).isEqualTo(text);
    assertThat(Durations.parse(text)).isEqualTo(millis);
  }
}
