package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void shouldBreakBetweenWordsAndIndentWhatFollows() {
    assertThat(Words.wrap("ok  one two three four", 12, "  "))
        .isEqualTo("ok  one two\n  three four");
  }

  @Test
  void shouldLeaveALongWordWhole() {
    assertThat(Words.wrap("a /very/long/path b", 6, "  ")).isEqualTo("a\n  /very/long/path\n  b");
  }

  @Test
  void shouldBreakNothingWhereTheWidthIsNotBounded() {
    String text = "word ".repeat(100);

    assertThat(Words.wrap(text, 0, "  ")).isEqualTo(text);
  }
}
