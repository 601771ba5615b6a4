package dev.sockbroker.broker;

import dev.sockbroker.broker.os.ThreadStart;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps room for the threads that end the broker: on SIGTERM the JVM starts one, and that one
 * another. Where no more can be started the JVM ignores the signal. So two threads wait here for
 * nothing, and end as soon as there is no room for two more. For the watchdog's thread.
 */
final class SpareThreads {
  private static final Logger LOG = LoggerFactory.getLogger(SpareThreads.class);
  private static final int COUNT = 2;

  /** Looks at which it is tried again, after which the machine may have room. */
  private static final int RETRY_LOOKS = 10;

  private CountDownLatch release;
  private int looks;

  /** Starts them; answers whether the machine has room for them. */
  boolean start() {
    release = startAll();
    return release != null;
  }

  /** What ends them, null if not all could be started. */
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

  /** To be called each second. */
  void renew() {
    looks++;
    if (release == null) {
      if (looks % RETRY_LOOKS == 0 && start()) {
        LOG.info("threads can be started again");
      }
      return;
    }
    // As many as the end needs, at the same time.
    CountDownLatch more = startAll();
    if (more != null) {
      more.countDown();
      return;
    }
    release.countDown();
    release = null;
    LOG.warn(
        "no more threads can be started (ulimit -u, TasksMax= of the unit, pids.max of the"
            + " cgroup); until then accepts from exported listeners may be refused, ENOBUFS");
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
      // Nobody interrupts it; it would be one spare thread less.
      return;
    }
  }
}
