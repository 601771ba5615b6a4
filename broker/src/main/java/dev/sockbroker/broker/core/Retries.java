package dev.sockbroker.broker.core;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What must be tried again because the kernel never wakes the broker for it (rule 48). There is one
 * timer for all, and each tick tries a bounded number in the order in which they came. So a client
 * with thousands of blocked sockets slows down its retries and not the loop.
 */
final class Retries {
  static final long TICK_MILLIS = 10;

  /** Some microseconds each: together about a tenth of a tick. */
  static final int TICK_MAX = 128;

  private final Timers timers;
  private final Set<Runnable> waiting = new LinkedHashSet<>();
  private boolean ticking;

  Retries(Timers timers) {
    this.timers = timers;
  }

  /**
   * Tries it once in a later tick.
   *
   * @param attempt the same object each time for the same thing; may add itself again
   */
  void add(Runnable attempt) {
    waiting.add(attempt);
    tick();
  }

  boolean contains(Runnable attempt) {
    return waiting.contains(attempt);
  }

  void remove(Runnable attempt) {
    waiting.remove(attempt);
  }

  private void tick() {
    if (!ticking && !waiting.isEmpty()) {
      ticking = true;
      timers.after(TICK_MILLIS, this::onTick);
    }
  }

  private void onTick() {
    ticking = false;
    try {
      for (Runnable attempt : waiting.stream().limit(TICK_MAX).toList()) {
        // one attempt may have ended another
        if (waiting.remove(attempt)) {
          attempt.run();
        }
      }
    } finally {
      // also where an attempt failed: the others wait
      tick();
    }
  }
}
