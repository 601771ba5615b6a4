package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  @Test
  void shouldCountTheStepsFromOneTextToTheOther() {
    assertThat(Suggestion.distance("web", "web")).isZero();
    assertThat(Suggestion.distance("wb", "web")).as("one is missing").isEqualTo(1);
    assertThat(Suggestion.distance("weeb", "web")).as("one too many").isEqualTo(1);
    assertThat(Suggestion.distance("wab", "web")).as("another one").isEqualTo(1);
    assertThat(Suggestion.distance("ewb", "web")).as("exchanged").isEqualTo(1);
    assertThat(Suggestion.distance("", "web")).isEqualTo(3);
    assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
  }

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
