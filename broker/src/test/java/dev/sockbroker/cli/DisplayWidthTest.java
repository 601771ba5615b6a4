package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisplayWidthTest {
  @ParameterizedTest
  @CsvSource({
    "web, 3",
    "größe, 5",
    "日本語, 6",
    "ｗｅｂ, 6",
    "ｱｲｳ, 3",
    "한국, 4",
    "\u1112\u1161\u11ab, 2",
    "e\u0301, 1",
    "\u0915\u094d\u0937, 2",
    "😀🚀, 4",
    "⌚, 2",
    "❤, 1",
    "🇯🇵, 2",
    "𠮷, 2",
    "…, 1",
    "、。, 4"
  })
  void shouldCountColumns(String text, int columns) {
    assertThat(DisplayWidth.of(text)).isEqualTo(columns);
  }

  @Test
  void shouldKeepWholeCharactersAtTheBeginning() {
    assertThat(DisplayWidth.beginning("日本語", 5)).isEqualTo("日本");
    assertThat(DisplayWidth.beginning("ae\u0301b", 2)).isEqualTo("ae\u0301");
    assertThat(DisplayWidth.beginning("😀", 1)).isEmpty();
    assertThat(DisplayWidth.beginning("web", 9)).isEqualTo("web");
  }

  @Test
  void shouldKeepWholeCharactersAtTheEnd() {
    assertThat(DisplayWidth.end("日本語", 5)).isEqualTo("本語");
    assertThat(DisplayWidth.end("xe\u0301b", 1)).isEqualTo("b");
    assertThat(DisplayWidth.end("xe\u0301b", 2)).isEqualTo("e\u0301b");
    assertThat(DisplayWidth.end("日\u0301", 1)).isEmpty();
  }
}
