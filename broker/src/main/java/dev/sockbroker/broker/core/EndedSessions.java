package dev.sockbroker.broker.core;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log which sessions the broker has ended, and why; a client that comes again and again
 * is counted and does not fill it.
 */
public final class EndedSessions {
  private static final Logger LOG = LoggerFactory.getLogger(EndedSessions.class);

  /** In each interval so many are told one by one. */
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
   * To be called for each session that the broker ends, before it ends.
   *
   * @param pid of the client
   * @param why as the client is told
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
