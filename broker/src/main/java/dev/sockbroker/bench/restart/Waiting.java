package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what no call waits for. */
final class Waiting {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private Waiting() {}

  /**
   * @param what is to happen, for the message if it does not within 60 s
   */
  static void until(String what, BooleanSupplier condition) throws IOException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE_NANOS) {
        throw new IOException("in vain it was waited until " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
