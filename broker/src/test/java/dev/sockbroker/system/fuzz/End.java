package dev.sockbroker.system.fuzz;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The end of a run. Threads that idle continue as soon as it is reached. Thread-safe. */
final class End {
  private final CountDownLatch reached = new CountDownLatch(1);

  void reach() {
    reached.countDown();
  }

  boolean isReached() {
    return reached.getCount() == 0;
  }

  /** Does nothing for that time, but not beyond the end. */
  void idle(long millis) throws InterruptedException {
    reached.await(millis, TimeUnit.MILLISECONDS);
  }
}
