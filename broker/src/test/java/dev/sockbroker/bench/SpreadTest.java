package dev.sockbroker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void shouldTakeTheMiddleAndNotTheMean() {
    assertThat(Spread.of(100, 1, 3)).isEqualTo(new Spread(3, 1, 100));
    assertThat(Spread.of(4, 1, 100, 2)).isEqualTo(new Spread(3, 1, 100));
    assertThat(Spread.of(7)).isEqualTo(new Spread(7, 7, 7));
  }

  /** The machine was slower in the second round, for both. */
  @Test
  void shouldCompareMediansAndSpreadOverPairs() {
    double[] these = {20, 2, 30};
    double[] those = {10, 1, 10};

    assertThat(Spread.ratio(these, those)).isEqualTo(new Spread(2, 2, 3));
  }

  @Test
  void shouldLeaveTheRoundsInTheirOrder() {
    double[] rounds = {3, 1, 2};

    Spread.of(rounds);

    assertThat(rounds).containsExactly(3, 1, 2);
  }
}
