package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimersTest {
  private static final long MILLI = 1_000_000;

  private final List<Long> wakeUps = new ArrayList<>();
  private final List<String> ran = new ArrayList<>();
  private long now = Long.MAX_VALUE - 6 * MILLI;
  private final Timers timers = new Timers(() -> now, wakeUps::add);

  @Test
  void shouldRunWhatIsDueInOrderOfTimeThenOfAsking() {
    timers.after(3, () -> ran.add("third"));
    timers.after(1, () -> ran.add("first"));
    timers.after(1, () -> ran.add("second"));

    now += MILLI;
    timers.run();
    assertThat(ran).containsExactly("first", "second");

    now += 2 * MILLI;
    timers.run();
    assertThat(ran).containsExactly("first", "second", "third");
  }

  /**
   * Thousands of timers can be due at the same time, and the loop must check its sockets in
   * between.
   */
  @Test
  void shouldRunAFewAtATimeAndAskForTheRestAtOnce() {
    for (int i = 0; i < 2 * Timers.RUN_MAX + 1; i++) {
      timers.after(1, () -> ran.add("due"));
    }
    now += MILLI;
    wakeUps.clear();

    timers.run();
    assertThat(ran).hasSize(Timers.RUN_MAX);
    assertThat(wakeUps).containsExactly(now);

    timers.run();
    timers.run();
    assertThat(ran).hasSize(2 * Timers.RUN_MAX + 1);
  }

  @Test
  void shouldBearAClockThatOverflows() {
    timers.after(10, () -> ran.add("late"));
    timers.after(1, () -> ran.add("early"));

    now += 10 * MILLI;
    assertThat(now).isNegative();
    timers.run();

    assertThat(ran).containsExactly("early", "late");
  }

  @Test
  void shouldNotRunWhatWasCancelled() {
    Timers.Timer timer = timers.after(1, () -> ran.add("cancelled"));
    timers.after(1, timer::cancel);
    timer.cancel();
    timer.cancel();

    now += MILLI;
    timers.run();

    assertThat(ran).isEmpty();
  }

  @Test
  void shouldLetATaskCancelOneThatIsDueToo() {
    Timers.Timer[] second = new Timers.Timer[1];
    timers.after(1, () -> second[0].cancel());
    second[0] = timers.after(1, () -> ran.add("second"));

    now += MILLI;
    timers.run();

    assertThat(ran).isEmpty();
  }

  @Test
  void shouldAskToBeWokenForTheFirstOnlyWhenItBecomesEarlier() {
    timers.after(5, () -> {});
    timers.after(9, () -> {});
    timers.after(2, () -> {});
    assertThat(wakeUps).containsExactly(now + 5 * MILLI, now + 2 * MILLI);

    now += 2 * MILLI;
    timers.run();
    assertThat(wakeUps).endsWith(now + 3 * MILLI).hasSize(3);
  }

  @Test
  void shouldTellTheTimeThatIsLeft() {
    Timers.Timer timer = timers.after(7, () -> {});
    now += 3 * MILLI;
    assertThat(timer.leftMillis()).isEqualTo(4);
    now += 30 * MILLI;
    assertThat(timer.leftMillis()).isZero();
  }

  @Test
  void shouldTakeAnyTimeHoweverLong() {
    timers.after(1, () -> ran.add("soon"));
    timers.after(Long.MAX_VALUE, () -> ran.add("never"));

    now += MILLI;
    timers.run();

    assertThat(ran).containsExactly("soon");
  }
}
