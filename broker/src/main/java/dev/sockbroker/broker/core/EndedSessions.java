package dev.sockbroker.broker.core;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs which sessions the broker has ended and why. Limits the rate and counts the rest, so that a
 * client which reconnects again and again cannot fill the log.
 */
public final class EndedSessions {
  private static final Logger LOG = LoggerFactory.getLogger(EndedSessions.class);

  /** The maximum number of ends that are logged separately in each interval. */
  private static final int TOLD_MAX = 20;

  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier nanoTime;
  private long intervalStart;
  private int told;
  private int untold;

  EndedSessions(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    intervalStart = nanoTime.getAsLong();
  }

  /**
   * Reports that the broker is about to end a session.
   *
   * @param pid the client's pid
   * @param why the reason that the client is sent
   */
  public void onEnded(int pid, String why) {
    long now = nanoTime.getAsLong();
    if (now - intervalStart > INTERVAL_NANOS) {
      if (untold > 0) {
        LOG.info("{} more sessions were ended in a short time", untold);
      }
      intervalStart = now;
      told = 0;
      untold = 0;
    }
    if (told < TOLD_MAX) {
      told++;
      LOG.info("session of pid {} is ended: {}", pid, why);
    } else {
      untold++;
    }
  }
}
