package dev.sockbroker.client;

/** Measures how quickly a program returns to accept the next connection. Not thread-safe. */
final class AcceptPace {
  /**
   * How long a connection that was accepted ahead should wait for the program, at the most. Until
   * then another process could have served it.
   */
  private static final long WAIT_NANOS = 10_000_000;

  /** The share of the last interval in the mean is 1 / this. */
  private static final int WEIGHT = 4;

  private long returned;

  /** The mean time between an accept and the next one. One that waits long counts as this long. */
  private long interval = WAIT_NANOS;

  private boolean started;

  void onAccept(long nanoTime) {
    if (started) {
      interval += (Math.min(nanoTime - returned, WAIT_NANOS) - interval) / WEIGHT;
    }
  }

  void onReturn(long nanoTime) {
    started = true;
    returned = nanoTime;
  }

  /** How many more connections the program is going to take within the wait. */
  int soon() {
    return (int) (WAIT_NANOS / Math.max(interval, 1_000)) - 1;
  }
}
