package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AcceptPaceTest {
  private static final long MILLI = 1_000_000;

  private final AcceptPace pace = new AcceptPace();
  private long now;

  /** Accepts, and returns for the next connection after some time. */
  private void accept(long nanos, int times) {
    for (int i = 0; i < times; i++) {
      pace.onEnd(true, now);
      now += nanos;
      pace.onAccept(now);
    }
  }

  @Test
  void shouldExpectNothingOfAProgramThatItDoesNotKnow() {
    assertThat(pace.soon()).isZero();
    pace.onAccept(now);
    assertThat(pace.soon()).isZero();
  }

  @Test
  void shouldExpectAsManyAsAProgramTakesInTenMilliseconds() {
    accept(MILLI, 50);
    assertThat(pace.soon()).isBetween(8, 9);
    accept(10, 50);
    assertThat(pace.soon()).isGreaterThan(1000);
  }

  @Test
  void shouldExpectNothingOfAProgramThatServesEachConnectionFirst() {
    accept(10 * MILLI, 50);
    assertThat(pace.soon()).isZero();
    accept(3600_000 * MILLI, 1);
    assertThat(pace.soon()).isZero();
  }

  @Test
  void shouldNotTakeTimeOutsForAQuickProgram() {
    for (int i = 0; i < 50; i++) {
      pace.onEnd(false, now);
      pace.onAccept(now + 10);
    }
    assertThat(pace.soon()).isZero();
  }

  @Test
  void shouldForgetAnIdleTimeAfterAFewAccepts() {
    accept(10_000, 50);
    accept(3600_000 * MILLI, 1);
    assertThat(pace.soon()).isBetween(2, 3);
    accept(10_000, 10);
    assertThat(pace.soon()).isGreaterThan(15);
  }
}
