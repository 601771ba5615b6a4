package dev.sockbroker.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TomlLinesTest {
  @Test
  void shouldFindEachKey() {
    String text =
        """
        # a comment with [brackets] and "quotes
        socket = "a # b"   # x
        text = \"""
        listen = "not a key"
        \"""
        [limits]
        sockets = 1
        [quota.user."www data"]
        opens = "1/s"
        [[rule]]
        listen = [ # first
          "tcp:*:80",
          'a\\',
        ]
        names = ["x"]
        [[rule]]
        who.user = "b"
        table = { inner = 1,
        """;
    assertThat(TomlLines.of(text))
        .containsEntry("socket", 2)
        .containsEntry("text", 3)
        .containsEntry("limits", 6)
        .containsEntry("limits.sockets", 7)
        .containsEntry("quota.user.www data.opens", 9)
        .containsEntry("rule[0]", 10)
        .containsEntry("rule[0].listen", 11)
        .containsEntry("rule[0].names", 15)
        .containsEntry("rule[1]", 16)
        .containsEntry("rule[1].who.user", 17)
        .containsEntry("rule[1].table", 18)
        .doesNotContainKey("listen");
  }

  @Test
  void shouldEndWithAnyText() {
    for (String text : new String[] {"\"", "'''", "[[", "a", "a=", "a=[", "\"\\", "=", "[", "\\"}) {
      assertThat(TomlLines.of(text)).isNotNull();
    }
  }
}
