package dev.sockbroker.broker.core;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Attempts to repeat because the kernel never wakes the broker for them (rule 48). All attempts
 * share one timer. Each tick makes a bounded number of attempts in their order. So a client with
 * thousands of blocked sockets delays the retries but not the loop.
 */
final class Retries {
  static final long TICK_MILLIS = 10;

  /**
   * The maximum number of attempts in a tick. Each takes some microseconds, so together they take
   * about a tenth of the tick.
   */
  static final int TICK_MAX = 128;

  private final Timers timers;
  private final Set<Runnable> waiting = new LinkedHashSet<>();
  private boolean ticking;

  Retries(Timers timers) {
    this.timers = timers;
  }

  /**
   * Schedules one attempt in a later tick.
   *
   * @param attempt the attempt, always the same object for the same purpose; it may add itself
   *     again
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
        // An attempt may have removed another one.
        if (waiting.remove(attempt)) {
          attempt.run();
        }
      }
    } finally {
      // Even after a failed attempt, because others wait.
      tick();
    }
  }
}
