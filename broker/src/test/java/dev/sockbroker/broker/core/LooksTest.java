package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How much of a list one request searches. */
class LooksTest {
  private long now;

  private int looks(long nanosEach) {
    Looks looks =
        new Looks(
            () -> {
              now += nanosEach;
              return now;
            });
    int count = 0;
    while (looks.hasTime()) {
      count++;
    }
    return count;
  }

  @Test
  void shouldEndAPageByTheNumberOfItsLooks() {
    assertThat(looks(0)).isEqualTo(Looks.MAX);
  }

  @Test
  void shouldEndAPageThatTakesLong() {
    assertThat(looks(50_000)).isBetween(100, 400);
  }

  @Test
  void shouldGetOnHoweverLongALookTakes() {
    assertThat(looks(1_000_000_000)).isEqualTo(16);
  }
}
