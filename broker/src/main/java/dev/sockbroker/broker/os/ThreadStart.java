package dev.sockbroker.broker.os;

import java.io.IOException;

/** Starts threads on a machine that may have no room for another one. */
public final class ThreadStart {
  private ThreadStart() {}

  /** RLIMIT_NPROC: how many threads the user of this process may have. Root may have more. */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max processes");
  }

  /**
   * Runs what starts a thread.
   *
   * @return whether it was started; false where the user, the process or the machine has as many
   *     threads as it may have
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

  /** The JVM has one error for this and for a full heap. */
  public static boolean isOfThreads(Throwable thrown) {
    return thrown instanceof OutOfMemoryError
        && String.valueOf(thrown.getMessage()).contains("native thread");
  }
}
