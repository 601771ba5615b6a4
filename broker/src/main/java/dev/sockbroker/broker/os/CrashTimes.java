package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * When brokers with this state were found dead, in the head of their {@link KeptMemory}. A state
 * that kills its brokers must not be used for ever. Times are those of {@link System#nanoTime},
 * which all processes of a machine share. For the owner of the memory only.
 *
 * <p>A broker that continues writes its state into new memory, which inherits the times. So the
 * crashes in one memory have all prevented that, and count however long ago they were. Those that
 * were inherited count for a minute.
 */
public final class CrashTimes {
  /** After this many crashes, no broker uses the state again. */
  public static final int MAX = 3;

  private static final long COUNTED_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Two lists, each with its length before its times. */
  private static final long INHERITED_AT = KeptMemory.CRASHES_AT;

  private static final long OWN_AT = INHERITED_AT + Long.BYTES * (1 + MAX);

  private final MemorySegment memory;

  public CrashTimes(KeptMemory kept) {
    memory = kept.memory();
  }

  /**
   * Notes a crash.
   *
   * @return how many count now, at least 1. More than {@link #MAX} mean that somebody has noticed
   *     that already, and has died
   */
  public int note(long nowNanos) {
    List<Long> own = times(OWN_AT);
    if (own.size() < MAX) {
      add(OWN_AT, nowNanos);
    }
    long inherited =
        times(INHERITED_AT).stream().filter(it -> nowNanos - it <= COUNTED_NANOS).count();
    return own.size() + 1 + (int) inherited;
  }

  /** Inherits the last crashes of the memory that this one replaces. */
  public void inherit(CrashTimes former) {
    List<Long> all = new ArrayList<>(former.times(INHERITED_AT));
    all.addAll(former.times(OWN_AT));
    all.subList(Math.max(0, all.size() - MAX), all.size()).forEach(it -> add(INHERITED_AT, it));
  }

  private List<Long> times(long list) {
    // The memory may be damaged.
    long length = Math.clamp(memory.get(JAVA_LONG, list), 0, MAX);
    List<Long> times = new ArrayList<>();
    for (int i = 1; i <= length; i++) {
      times.add(memory.get(JAVA_LONG, list + Long.BYTES * i));
    }
    return times;
  }

  private void add(long list, long nanos) {
    int length = times(list).size();
    memory.set(JAVA_LONG, list + Long.BYTES * (length + 1), nanos);
    memory.set(JAVA_LONG, list, length + 1);
  }
}
