package dev.sockbroker.client;

/** Measures how quickly a program returns to accept the next connection. Not thread-safe. */
final class AcceptPace {
  /**
   * How long a connection that was accepted ahead may wait for the program if the program goes on
   * as before. Until then another process could have served it.
   */
  private static final long WAIT_NANOS = 10_000_000;

  /** The share of the last interval in the mean is 1 / this. */
  private static final int WEIGHT = 4;

  private long ended;

  /** Whether the last accept got a connection, so that an interval has begun. */
  private boolean started;

  /** The mean time between an accept and the next one. A longer interval counts as this. */
  private long interval = WAIT_NANOS;

  /** A thread accepts that has not waited for another one. Only such a thread shows the pace. */
  void onAccept(long nanoTime) {
    if (started) {
      interval += (Math.min(nanoTime - ended, WAIT_NANOS) - interval) / WEIGHT;
    }
  }

  /**
   * An accept has ended.
   *
   * @param accepted whether it got a connection; if not, nothing keeps the program from returning
   */
  void onEnd(boolean accepted, long nanoTime) {
    started = accepted;
    ended = nanoTime;
  }

  /** How many more connections the program takes within the wait if it goes on as before. */
  int soon() {
    return (int) (WAIT_NANOS / Math.max(interval, 1_000)) - 1;
  }
}
