package dev.sockbroker.broker.os;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reserves room for the threads that a shutdown needs. On SIGTERM the JVM starts a thread, which
 * starts another one. If it cannot start a thread, the JVM ignores the signal. So this class keeps
 * two idle threads, and ends them as soon as no two more can be started. Until there is room again,
 * the broker starts no other threads, because they would take the place of those two. Watchdog
 * thread only.
 */
public final class SpareThreads {
  private static final Logger LOG = LoggerFactory.getLogger(SpareThreads.class);
  private static final int COUNT = 2;

  /** The number of calls of {@link #renew} between two attempts to start threads again. */
  private static final int RETRY_LOOKS = 3;

  private CountDownLatch release;
  private int looks;

  /** Starts the spare threads. Returns false if the machine has no room for them. */
  public boolean start() {
    release = ThreadStart.startIdle(COUNT);
    return release != null;
  }

  /** Checks that there is still room for the spare threads. To be called once a second. */
  public void renew() {
    looks++;
    if (release != null) {
      if (!hasMore()) {
        reserve();
      }
    } else if (looks % RETRY_LOOKS == 0 && start()) {
      if (hasMore()) {
        ThreadStart.reserve(false);
        LOG.info("threads can be started again");
      } else {
        // At the next look it would be too few again.
        end();
      }
    }
  }

  /** Both threads at the same time, as a shutdown needs them. */
  private static boolean hasMore() {
    CountDownLatch more = ThreadStart.startIdle(COUNT);
    if (more != null) {
      more.countDown();
    }
    return more != null;
  }

  private void reserve() {
    ThreadStart.reserve(true);
    end();
    LOG.warn(
        "no more threads can be started; until then accepts from exported listeners and lookups of"
            + " host names are refused, ENOBUFS; {}",
        ThreadStart.REMEDY);
  }

  private void end() {
    release.countDown();
    release = null;
  }
}
