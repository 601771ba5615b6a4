package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionValueTest {
  @Test
  void shouldReadNumbersTruthsAndTexts() {
    assertThat(OptionValue.parse("65536")).isEqualTo(65536L);
    assertThat(OptionValue.parse("-1")).isEqualTo(-1L);
    assertThat(OptionValue.parse("0x1f")).isEqualTo(31L);
    assertThat(OptionValue.parse("on")).isEqualTo(true);
    assertThat(OptionValue.parse("false")).isEqualTo(false);
    assertThat(OptionValue.parse("cubic")).isEqualTo("cubic");
    assertThat(OptionValue.parse("")).isEqualTo("");
  }

  @Test
  void shouldReadJson() {
    assertThat(OptionValue.parse("{\"on\":true,\"list\":[1,\"x\",{}]}"))
        .isEqualTo(Map.of("on", true, "list", List.of(1L, "x", Map.of())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[1", "{} {}", "{\"a\":1.5}", "{\"a\":null}", "[1]]"})
  void shouldRefuseBrokenJson(String text) {
    assertThatThrownBy(() -> OptionValue.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldFormatSoThatItCanBeReadBack() throws IOException {
    Map<String, Object> linger = new LinkedHashMap<>();
    linger.put("on", true);
    linger.put("seconds", 3L);
    for (Object value : List.of(7L, true, false, "cubic", linger, List.of(1L, 2L))) {
      assertThat(OptionValue.parse(OptionValue.format(value))).isEqualTo(value);
    }
    assertThat(OptionValue.format(linger)).isEqualTo("{\"on\":true,\"seconds\":3}");
  }

  @Test
  void shouldTakeAUnitWhereTheOptionIsANumberOfBytes() {
    assertThat(OptionValue.parse("SO_RCVBUF", "64K")).isEqualTo(65_536L);
    assertThat(OptionValue.parse("SO_RCVBUF", "1000")).isEqualTo(1000L);
    assertThat(OptionValue.parse("SO_BINDTODEVICE", "5G")).as("a device").isEqualTo("5G");
    assertThatThrownBy(() -> OptionValue.parse("SO_SNDBUF", "9G"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9G");
  }
}
