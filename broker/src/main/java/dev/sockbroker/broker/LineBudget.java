package dev.sockbroker.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Marker;

/**
 * Limits the rate of warnings and errors of each logger. A client may be able to cause the same
 * line repeatedly, and must not fill the disk or the queue of lines. The first line after a minute
 * with too many lines says how many were left out. Any thread.
 */
final class LineBudget extends TurboFilter {
  /** One level of one logger. */
  static final int LINES_PER_MINUTE = 100;

  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final LongSupplier nanoTime;
  private final AtomicLong suppressed = new AtomicLong();

  /** Bounded by the number of loggers, which are classes of the program. */
  private final Map<String, Minute> minutes = new ConcurrentHashMap<>();

  LineBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How many lines were left out. */
  long suppressed() {
    return suppressed.get();
  }

  /** The number of lines in the current interval, which began at most a minute ago. */
  private record Minute(long startNanos, int lines, int leftOut) {
    private Minute next(long now) {
      if (now - startNanos >= MINUTE_NANOS) {
        return new Minute(now, 1, Math.max(0, lines - LINES_PER_MINUTE));
      }
      return new Minute(startNanos, lines + 1, 0);
    }
  }

  @Override
  public FilterReply decide(
      Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
    // Without a format this is only a query whether the level is enabled.
    if (format == null || !level.isGreaterOrEqual(Level.WARN)) {
      return FilterReply.NEUTRAL;
    }
    long now = nanoTime.getAsLong();
    Minute minute =
        minutes.merge(
            logger.getName() + level, new Minute(now, 1, 0), (before, first) -> before.next(now));
    if (minute.leftOut() > 0) {
      logger.warn("{} lines were suppressed, because they were too many", minute.leftOut());
    }
    if (minute.lines() <= LINES_PER_MINUTE) {
      return FilterReply.NEUTRAL;
    }
    suppressed.incrementAndGet();
    return FilterReply.DENY;
  }
}
