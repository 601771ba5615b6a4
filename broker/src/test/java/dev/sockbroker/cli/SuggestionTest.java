package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  @Test
  void shouldSuggestTheNearest() {
    assertThat(Suggestion.of("wbe", List.of("admin", "web", "web2")))
        .isEqualTo("; did you mean 'web'?");
    assertThat(Suggestion.of("my wev", List.of("my web"))).isEqualTo("; did you mean 'my web'?");
  }

  @Test
  void shouldSuggestNothingThatIsNotNear() {
    assertThat(Suggestion.of("web", List.of("admin", "cache"))).isEmpty();
    assertThat(Suggestion.of("web", List.of())).isEmpty();
  }
}
