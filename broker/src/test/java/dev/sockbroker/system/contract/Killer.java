package dev.sockbroker.system.contract;

import dev.sockbroker.system.Background;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Keeps killing the broker while the suite runs. No scenario may notice. */
final class Killer implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1000;

  private final Suite suite;
  private final CountDownLatch over = new CountDownLatch(1);
  private final FutureTask<Integer> kills;

  Killer(Suite suite) {
    this.suite = suite;
    kills = Background.begin(this::keepKilling);
  }

  private int keepKilling() throws InterruptedException {
    int count = 0;
    while (!over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
      suite.crash(() -> null);
      count++;
    }
    return count;
  }

  /** Ends the kills and says how many there were. */
  @Override
  public void close() {
    over.countDown();
    try {
      System.out.println("the broker was killed " + kills.get() + " times meanwhile");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("a broker did not continue", e);
    }
  }
}
