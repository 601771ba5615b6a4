package dev.sockbroker.broker.session;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log which sessions the broker has ended, and why; a client that comes again and again
 * is counted and does not fill it. One for all sessions of the loop.
 */
public final class EndedSessions {
  private static final Logger LOG = LoggerFactory.getLogger(EndedSessions.class);

  /** In each interval so many are told one by one. */
  private static final int TOLD_MAX = 20;

  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private long intervalStart = System.nanoTime();
  private int told;
  private int untold;

  void onEnded(int pid, String why) {
    long now = System.nanoTime();
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
