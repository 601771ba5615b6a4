package dev.sockbroker.bench.restart;

/** One line on the terminal that changes. */
final class Progress {
  private Progress() {}

  /** Replaces the line. */
  static void show(String progress) {
    System.err.print("\r\033[K" + progress);
  }
}
