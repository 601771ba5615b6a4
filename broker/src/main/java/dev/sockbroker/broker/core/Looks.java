package dev.sockbroker.broker.core;

import java.util.function.LongSupplier;

/**
 * Bounds how long one page of a list searches, because other clients wait meanwhile. What does not
 * match also takes time, and under a policy with many patterns a look can take a hundred times
 * longer than without.
 */
final class Looks {
  static final int MAX = 4000;

  private static final long NANOS_MAX = 10_000_000;

  /** However long they take, so that every page gets on. */
  private static final int MIN = 16;

  private final LongSupplier nanoTime;
  private final long startedNanos;
  private int looks;

  Looks(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    startedNanos = nanoTime.getAsLong();
  }

  /** Whether one more look is allowed. If not, the page is complete. */
  boolean hasTime() {
    looks++;
    return looks <= MIN || looks <= MAX && nanoTime.getAsLong() - startedNanos < NANOS_MAX;
  }
}
