package dev.sockbroker.broker.os;

import java.io.IOException;

/** Starts threads and detects when no more can be started. */
public final class ThreadStart {
  private ThreadStart() {}

  /**
   * Returns RLIMIT_NPROC: how many threads the user of this process may have. Root may have more.
   */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max processes");
  }

  /**
   * Runs a task that starts a thread.
   *
   * @return whether the thread was started; false if the user, the process or the machine has
   *     reached its limit of threads
   */
  public static boolean attempt(Runnable start) {
    try {
      start.run();
      return true;
    } catch (OutOfMemoryError e) {
      if (!isOfThreads(e)) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Whether an error means that no thread can be started. The JVM throws the same type for a full
   * heap.
   */
  public static boolean isOfThreads(Throwable thrown) {
    return thrown instanceof OutOfMemoryError
        && String.valueOf(thrown.getMessage()).contains("native thread");
  }
}
