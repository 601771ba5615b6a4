package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void shouldQuoteWhatIsNoPlainWordToTheShell() {
    assertThat(Names.shown("web")).isEqualTo("web");
    assertThat(Names.shown("日本")).isEqualTo("日本");
    assertThat(Names.shown(null)).isNull();
    assertThat(Names.shown("my web")).isEqualTo("'my web'");
    assertThat(Names.shown("Bob's web")).isEqualTo("'Bob'\\''s web'");
    assertThat(Names.shown("wide\u3000space")).isEqualTo("'wide\u3000space'");
    assertThat(Names.shown("-")).as("no empty cell").isEqualTo("'-'");
    assertThat(Names.shown("my-web_2.example:80/x")).isEqualTo("my-web_2.example:80/x");
    for (String name :
        List.of("$(reboot)", "web;reboot", "web&", "a|b", "*", "~", "`id`", "a\"b")) {
      assertThat(Names.shown(name)).isEqualTo("'" + name + "'");
    }
  }
}
