package dev.sockbroker.broker;

import dev.sockbroker.text.FileErrors;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log that entries of the audit were lost: at once, then at most once a minute, and
 * when the target takes entries again. One thread only.
 */
final class LostEntries {
  private static final Logger LOG = LoggerFactory.getLogger(LostEntries.class);
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String target;
  private final LongSupplier nanoTime;

  /** Those that the log has not mentioned. */
  private long untold;

  private boolean told;
  private boolean everTold;
  private long toldNanos;

  LostEntries(String target, LongSupplier nanoTime) {
    this.target = target;
    this.nanoTime = nanoTime;
  }

  void add(IOException why) {
    untold++;
    long now = nanoTime.getAsLong();
    if (!everTold || now - toldNanos >= PERIOD_NANOS) {
      LOG.warn(
          "the audit cannot be written to {}: {}; entries lost: {}",
          target,
          FileErrors.text(why),
          untold);
      untold = 0;
      told = true;
      everTold = true;
      toldNanos = now;
    }
  }

  /** The target has taken an entry. */
  void onWritten() {
    if (told) {
      LOG.info("the audit can be written to {} again; more entries lost: {}", target, untold);
      untold = 0;
      told = false;
    }
  }

  /** Nothing follows. */
  void end() {
    if (untold > 0) {
      LOG.warn("the audit could not be written to {}; more entries lost: {}", target, untold);
    }
  }
}
