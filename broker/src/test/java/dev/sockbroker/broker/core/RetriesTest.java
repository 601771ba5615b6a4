package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private long now;
  private final Timers timers = new Timers(() -> now, at -> {});
  private final Retries retries = new Retries(timers);
  private final List<Integer> tried = new ArrayList<>();

  private void tick() {
    now += Retries.TICK_MILLIS * 1_000_000;
    timers.run();
  }

  @Test
  void shouldTryABoundedNumberInTheirOrder() {
    int count = Retries.TICK_MAX + 2;
    for (int i = 0; i < count; i++) {
      int number = i;
      retries.add(() -> tried.add(number));
    }

    tick();
    assertThat(tried).hasSize(Retries.TICK_MAX);
    tick();
    assertThat(tried).isEqualTo(IntStream.range(0, count).boxed().toList());
  }

  @Test
  void shouldTryInALaterTickWhatIsAddedAgain() {
    Runnable[] attempt = new Runnable[1];
    attempt[0] =
        () -> {
          tried.add(1);
          retries.add(attempt[0]);
        };
    retries.add(attempt[0]);
    retries.add(attempt[0]);

    tick();
    tick();
    assertThat(tried).hasSize(2);
    assertThat(retries.contains(attempt[0])).isTrue();
  }

  @Test
  void shouldNotTryWhatAnotherHasRemoved() {
    Runnable second = () -> tried.add(2);
    retries.add(() -> retries.remove(second));
    retries.add(second);

    tick();
    assertThat(tried).isEmpty();
  }

  @Test
  void shouldTryTheOthersAfterOneThatFails() {
    retries.add(
        () -> {
          throw new IllegalStateException("as a defect would");
        });
    retries.add(() -> tried.add(2));

    assertThatThrownBy(this::tick).isInstanceOf(IllegalStateException.class);
    tick();
    assertThat(tried).containsExactly(2);
  }
}
