package dev.sockbroker.text;

import dev.sockbroker.protocol.Request;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Times as people write them: {@code 500ms}, {@code 60s}, {@code 5m}, {@code 1h}, {@code 2d}. */
public final class Durations {
  private static final long SECOND = 1000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Durations() {}

  /**
   * Returns milliseconds, or {@link Request#FOREVER}.
   *
   * @throws IllegalArgumentException with a sentence for people
   */
  public static long parse(String text) {
    if (text.equals("forever")) {
      return Request.FOREVER;
    }
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    try {
      return Math.multiplyExact(
          Long.parseLong(text.substring(0, digits)), unitMillis(text.substring(digits)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw notATime(text);
    }
  }

  /** Converts a result of {@link #parse} for the client library. */
  public static Duration time(long millis) {
    return millis == Request.FOREVER ? ChronoUnit.FOREVER.getDuration() : Duration.ofMillis(millis);
  }

  /** Formats a time for people in its two largest units: {@code 3m12s}. */
  public static String format(long millis) {
    if (millis == Request.FOREVER) {
      return "forever";
    } else if (millis < SECOND) {
      return millis + "ms";
    } else if (millis < MINUTE) {
      return millis / SECOND + "s";
    } else if (millis < HOUR) {
      return two(millis, MINUTE, "m", SECOND, "s");
    } else if (millis < DAY) {
      return two(millis, HOUR, "h", MINUTE, "m");
    }
    return two(millis, DAY, "d", HOUR, "h");
  }

  /** Writes a time as {@link #parse} reads it, in the largest unit that loses nothing. */
  public static String exact(long millis) {
    if (millis == Request.FOREVER) {
      return "forever";
    }
    for (String unit : List.of("d", "h", "m", "s")) {
      if (millis != 0 && millis % unitMillis(unit) == 0) {
        return millis / unitMillis(unit) + unit;
      }
    }
    return millis + "ms";
  }

  private static String two(long millis, long great, String greatUnit, long small, String unit) {
    long rest = millis % great / small;
    return millis / great + greatUnit + (rest == 0 ? "" : rest + unit);
  }

  private static long unitMillis(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> SECOND;
      case "m" -> MINUTE;
      case "h" -> HOUR;
      case "d" -> DAY;
      default -> throw new NumberFormatException(unit);
    };
  }

  private static IllegalArgumentException notATime(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is not a time (expected: 500ms, 60s, 5m, 1h, 2d or forever)");
  }
}
