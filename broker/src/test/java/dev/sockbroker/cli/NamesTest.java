package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void shouldQuoteWhatTheShellWouldSplit() {
    assertThat(Names.shown("web")).isEqualTo("web");
    assertThat(Names.shown("日本")).isEqualTo("日本");
    assertThat(Names.shown(null)).isNull();
    assertThat(Names.shown("my web")).isEqualTo("'my web'");
    assertThat(Names.shown("Bob's web")).isEqualTo("'Bob'\\''s web'");
    assertThat(Names.shown("wide\u3000space")).isEqualTo("'wide\u3000space'");
  }
}
