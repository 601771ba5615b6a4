package dev.sockbroker.cli;

/** How long to wait before the next attempt to connect. */
final class WebBackOff {
  private static final long FIRST_MILLIS = 250;
  private static final long LAST_MILLIS = 4000;

  private long millis = FIRST_MILLIS;

  void reset() {
    millis = FIRST_MILLIS;
  }

  void pause() throws InterruptedException {
    Thread.sleep(millis);
    millis = Math.min(LAST_MILLIS, 2 * millis);
  }
}
