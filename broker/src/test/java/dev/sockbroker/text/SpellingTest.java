package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {
  @Test
  void shouldCountTheStepsFromOneTextToTheOther() {
    assertThat(Spelling.distance("web", "web")).isZero();
    assertThat(Spelling.distance("wb", "web")).as("one is missing").isEqualTo(1);
    assertThat(Spelling.distance("weeb", "web")).as("one too many").isEqualTo(1);
    assertThat(Spelling.distance("wab", "web")).as("another one").isEqualTo(1);
    assertThat(Spelling.distance("ewb", "web")).as("exchanged").isEqualTo(1);
    assertThat(Spelling.distance("", "web")).isEqualTo(3);
    assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
  }

  @Test
  void shouldNotMeasureLongTexts() {
    assertThat(Spelling.closest("a".repeat(1 << 24), List.of("a".repeat(1 << 24)))).isEmpty();
  }
}
