package dev.sockbroker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QuietTest {
  private final Queue<Integer> stolen = new ArrayDeque<>();
  private final Quiet quiet = new Quiet(this::now);
  private int taken;
  private long ticks;
  private long stolenTicks;
  private boolean isBegin;

  @Test
  void shouldTakeOnceWhatWasNotDisturbed() throws Exception {
    steal(2, 2);

    assertThat(quiet.take(() -> ++taken)).isEqualTo(1);
    assertThat(quiet.take(() -> ++taken)).isEqualTo(2);

    assertThat(quiet.disturbance()).isEqualTo(new Disturbance(0, 0.02));
  }

  @Test
  void shouldTakeAgainWhatLostTime() throws Exception {
    steal(30, 1);

    assertThat(quiet.take(() -> ++taken)).isEqualTo(2);

    assertThat(quiet.disturbance()).isEqualTo(new Disturbance(1, 0.01));
  }

  @Test
  void shouldCountTheLeastDisturbedOfThree() throws Exception {
    steal(30, 10, 20);

    assertThat(quiet.take(() -> ++taken)).isEqualTo(2);

    assertThat(taken).isEqualTo(3);
    assertThat(quiet.disturbance()).isEqualTo(new Disturbance(2, 0.1));
  }

  @Test
  void shouldReadTheClockOfThisMachine() throws Exception {
    CpuTime begin = CpuTime.now();

    assertThat(begin.all()).isPositive();
    assertThat(begin.stolen()).isBetween(0L, begin.all());
    assertThat(begin.stolenSince(begin)).isZero();
  }

  private void steal(Integer... ofAHundred) {
    Stream.of(ofAHundred).forEach(stolen::add);
  }

  /** The first of two calls is the start, and the second is a hundred ticks later. */
  private CpuTime now() {
    isBegin = !isBegin;
    if (!isBegin) {
      ticks += 100;
      stolenTicks += stolen.remove();
    }
    return new CpuTime(stolenTicks, ticks);
  }
}
