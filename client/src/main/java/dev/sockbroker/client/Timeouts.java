package dev.sockbroker.client;

import dev.sockbroker.protocol.Request;
import java.time.Duration;

/** Durations as the protocol has them. */
final class Timeouts {
  /** 35 years; what is longer is for ever. */
  private static final Duration LONGEST = Duration.ofMillis(1L << 40);

  private Timeouts() {}

  /**
   * Milliseconds, rounded up so that a wait is never shorter than asked; {@link Request#FOREVER}
   * for what is longer than {@link #LONGEST}.
   */
  static long millis(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("the time " + duration + " is negative");
    }
    return duration.compareTo(LONGEST) > 0
        ? Request.FOREVER
        : duration.plusNanos(999_999).toMillis();
  }

  /** As {@link #millis(Duration)}; null, for the socket's blocking mode, stays null. */
  static Long millisOrNull(Duration duration) {
    return duration == null ? null : Long.valueOf(millis(duration));
  }

  /** For the JDK's own waits; the longest time if it is for ever. */
  static long nanos(Duration duration) {
    return duration.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : duration.toNanos();
  }
}
