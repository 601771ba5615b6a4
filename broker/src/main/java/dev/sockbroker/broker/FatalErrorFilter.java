package dev.sockbroker.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.slf4j.Marker;

/**
 * Ends the process when an {@link Error} is logged. Nobody can say what state it has left behind.
 * Netty and the broker catch what a task, a handler or a callback throws and log it, so this one
 * place sees them all, whatever the log's level is.
 */
final class FatalErrorFilter extends TurboFilter {
  /** Causes of causes may form a circle. */
  private static final int CAUSES_MAX = 16;

  @Override
  public FilterReply decide(
      Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
    // Below WARN, Netty tells what this machine lacks, and goes on without it.
    if (level.isGreaterOrEqual(Level.WARN)) {
      check(format, thrown);
      for (int i = 0; params != null && i < params.length; i++) {
        check(format, params[i] instanceof Throwable it ? it : null);
      }
    }
    return FilterReply.NEUTRAL;
  }

  private static void check(String what, Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      if (cause instanceof Error) {
        FatalError.end(withoutPlaceholders(what), cause);
      }
      cause = cause.getCause();
    }
  }

  private static String withoutPlaceholders(String format) {
    return String.valueOf(format).replace("{}", "").replace(" '' ", " ").strip();
  }
}
