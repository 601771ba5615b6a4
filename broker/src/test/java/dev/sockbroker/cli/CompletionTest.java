package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompletionTest {
  @Test
  void shouldCompleteNamesWhereACommandTakesOne() {
    String script = Completion.bash(Main.commandLine());

    assertThat(script.split("positionals=\\$\\(_sockbroker_names\\)", -1)).hasSize(7);
    String show = script.substring(script.indexOf("function _picocli_sockbroker_show()"));
    assertThat(show.substring(0, show.indexOf("\n}"))).contains("_sockbroker_names");
    String watch = script.substring(script.indexOf("function _picocli_sockbroker_watch()"));
    assertThat(watch.substring(0, watch.indexOf("\n}"))).doesNotContain("_sockbroker_names");
  }

  @Test
  void shouldNameEachCommandAndItsOptionsToFish() {
    String script = Completion.fish(Main.commandLine());

    assertThat(script.lines())
        .contains("complete -c sockbroker -f")
        .anyMatch(
            line -> line.startsWith("complete -c sockbroker -n '__fish_use_subcommand' -a list"))
        .anyMatch(
            line -> line.contains("__fish_seen_subcommand_from sessions' -l sort -r -d 'Sort by "));
    assertThat(script).as("a quote in a description").contains("The broker\\'s own socket");
  }
}
