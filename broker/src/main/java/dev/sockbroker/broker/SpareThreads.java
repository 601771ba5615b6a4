package dev.sockbroker.broker;

import dev.sockbroker.broker.os.ThreadStart;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reserves room for the threads that a shutdown needs. On SIGTERM the JVM starts a thread, which
 * starts another one. If it cannot start a thread, the JVM ignores the signal. So this class keeps
 * two idle threads, and ends them as soon as no two more can be started. Watchdog thread only.
 */
final class SpareThreads {
  private static final Logger LOG = LoggerFactory.getLogger(SpareThreads.class);
  private static final int COUNT = 2;

  /** The number of calls of {@link #renew} between two attempts to start threads again. */
  private static final int RETRY_LOOKS = 10;

  private CountDownLatch release;
  private int looks;

  /** Starts the spare threads. Returns false if the machine has no room for them. */
  boolean start() {
    release = startAll();
    return release != null;
  }

  /**
   * Starts the spare threads. Returns the latch that ends them, or null if not all could be
   * started.
   */
  private static CountDownLatch startAll() {
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < COUNT; i++) {
      if (!ThreadStart.attempt(() -> daemon(() -> sleepUntil(end)))) {
        end.countDown();
        return null;
      }
    }
    return end;
  }

  /** Checks that there is still room for the spare threads. To be called once a second. */
  void renew() {
    looks++;
    if (release == null) {
      if (looks % RETRY_LOOKS == 0 && start()) {
        LOG.info("threads can be started again");
      }
      return;
    }
    // Both threads at the same time, as a shutdown needs them.
    CountDownLatch more = startAll();
    if (more != null) {
      more.countDown();
      return;
    }
    release.countDown();
    release = null;
    LOG.warn(
        "no more threads can be started (ulimit -u, TasksMax= of the unit, pids.max of the cgroup);"
            + " until then accepts from exported listeners and lookups of host names may be"
            + " refused, ENOBUFS");
  }

  private static void daemon(Runnable body) {
    Thread thread = new Thread(null, body, "spare", 64 << 10);
    thread.setDaemon(true);
    thread.start();
  }

  private static void sleepUntil(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      // Nobody interrupts this thread. If somebody did, one spare thread would be missing.
      return;
    }
  }
}
