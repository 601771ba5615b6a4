package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CrashTimesTest {
  private static final long BEGIN = 12_345;

  private static long after(long seconds) {
    return BEGIN + TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Notes a crash in the memory of a broker that continues after those of another. */
  private static int noteAfter(KeptMemory former, KeptMemory next, long nanos) {
    CrashTimes times = new CrashTimes(next);
    times.inherit(new CrashTimes(former));
    return times.note(nanos);
  }

  @Test
  void shouldCountTheCrashesOfAMinute() throws IOException {
    try (KeptMemory first = KeptMemory.create(1);
        KeptMemory second = KeptMemory.create(1);
        KeptMemory third = KeptMemory.create(1)) {
      assertThat(new CrashTimes(first).note(after(0))).isEqualTo(1);
      assertThat(noteAfter(first, second, after(30))).isEqualTo(2);
      assertThat(noteAfter(second, third, after(60))).isEqualTo(3);
    }
  }

  @Test
  void shouldForgetCrashesAfterAMinute() throws IOException {
    try (KeptMemory first = KeptMemory.create(1);
        KeptMemory second = KeptMemory.create(1);
        KeptMemory third = KeptMemory.create(1);
        KeptMemory fourth = KeptMemory.create(1)) {
      new CrashTimes(first).note(after(0));
      assertThat(noteAfter(first, second, after(50))).isEqualTo(2);
      assertThat(noteAfter(second, third, after(100))).isEqualTo(2);
      assertThat(noteAfter(third, fourth, after(101))).isEqualTo(3);
    }
  }

  /** With many sockets each attempt may take long. */
  @Test
  void shouldCountCrashesOfTheSameStateHoweverLongTheyTake() throws IOException {
    try (KeptMemory memory = KeptMemory.create(1)) {
      CrashTimes times = new CrashTimes(memory);
      assertThat(times.note(after(0))).isEqualTo(1);
      assertThat(times.note(after(100))).isEqualTo(2);
      assertThat(times.note(after(200))).isEqualTo(3);
      assertThat(times.note(after(300))).isEqualTo(4);
      assertThat(times.note(after(400))).isEqualTo(4);
    }
  }

  @Test
  void shouldCountInDamagedMemory() throws IOException {
    for (byte damage : new byte[] {-1, 0x7f, 1}) {
      try (KeptMemory memory = KeptMemory.create(1);
          KeptMemory next = KeptMemory.create(1)) {
        memory.memory().asSlice(0, KeptMemory.EXTENTS_AT).fill(damage);
        CrashTimes times = new CrashTimes(memory);
        times.note(BEGIN);
        times.note(BEGIN);
        times.note(BEGIN);
        assertThat(times.note(BEGIN)).isGreaterThan(CrashTimes.MAX);
        assertThat(noteAfter(memory, next, BEGIN)).isPositive();
        assertThat(next.memory().get(ValueLayout.JAVA_LONG, KeptMemory.EXTENTS_AT)).isZero();
      }
    }
  }
}
