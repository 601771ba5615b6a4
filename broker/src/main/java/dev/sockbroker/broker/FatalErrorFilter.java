package dev.sockbroker.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.slf4j.Marker;

/**
 * Ends the process when an {@link Error} is logged. After an error the state is unknown. Netty and
 * the broker catch and log what tasks, handlers and callbacks throw, so this filter sees every
 * error at any log level.
 */
final class FatalErrorFilter extends TurboFilter {
  /** Limits the walk, because a chain of causes can be circular. */
  private static final int CAUSES_MAX = 16;

  @Override
  public FilterReply decide(
      Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
    // Below WARN, Netty only reports optional features that this machine does not have.
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
