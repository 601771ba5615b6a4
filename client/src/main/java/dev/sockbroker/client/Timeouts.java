package dev.sockbroker.client;

import dev.sockbroker.protocol.Request;
import java.time.Duration;

/** Converts durations to the protocol's form. */
final class Timeouts {
  /** 2^40 ms, about 35 years. Longer durations have no limit. */
  private static final Duration LONGEST = Duration.ofMillis(1L << 40);

  private Timeouts() {}

  /**
   * Returns milliseconds, rounded up so that a wait is never shorter than requested, or {@link
   * Request#FOREVER} if the duration exceeds {@link #LONGEST}.
   */
  static long millis(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("the time " + duration + " is negative");
    }
    return duration.compareTo(LONGEST) > 0
        ? Request.FOREVER
        : duration.plusNanos(999_999).toMillis();
  }

  /** Like {@link #millis(Duration)}. Null means the socket's blocking mode and stays null. */
  static Long millisOrNull(Duration duration) {
    return duration == null ? null : Long.valueOf(millis(duration));
  }

  /** For the JDK's own waits. A duration without a limit becomes the longest possible wait. */
  static long nanos(Duration duration) {
    return duration.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : duration.toNanos();
  }
}
