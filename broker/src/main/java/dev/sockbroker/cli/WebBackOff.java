package dev.sockbroker.cli;

/** How long to wait before the next attempt to connect. Thread-safe. */
final class WebBackOff {
  private static final long FIRST_MILLIS = 250;
  private static final long LAST_MILLIS = 4000;

  private long millis = FIRST_MILLIS;

  /** Resets the delay and cuts short a pause in progress. */
  synchronized void reset() {
    millis = FIRST_MILLIS;
    notifyAll();
  }

  /** Waits longer each time, and less if it is woken up. */
  synchronized void pause() throws InterruptedException {
    long now = millis;
    millis = Math.min(LAST_MILLIS, 2 * millis);
    wait(now);
  }
}
