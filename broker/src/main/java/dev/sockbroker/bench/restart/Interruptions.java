package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Repeats an interruption, and measures how long clients wait. */
final class Interruptions {
  private static final int DIGITS = 3;

  private final Path socket;
  private final Interruption interruption;

  Interruptions(Path socket, Interruption interruption) {
    this.socket = socket;
    this.interruption = interruption;
  }

  /**
   * The waits of clients.
   *
   * @param micros how long nobody served, each time
   * @param longestNanos the longest wait for a reply that a client saw
   */
  record Waits(Histogram micros, long longestNanos) {
    /** The cells of a table: number of interruptions, p50, p99, max, longest silence. */
    String cells() {
      return "%d | %s | %s | %s | %s"
          .formatted(
              micros.getTotalCount(),
              millis(micros.getValueAtPercentile(50)),
              millis(micros.getValueAtPercentile(99)),
              millis(micros.getMaxValue()),
              millis(longestNanos / 1000));
    }

    private static String millis(long micros) {
      return String.format(Locale.ROOT, "%.1f", micros / 1000.0);
    }
  }

  /**
   * Interrupts the broker while clients use it.
   *
   * @param load the name of what they do
   * @param count how often
   */
  Waits under(String load, int count) throws IOException {
    Histogram micros = new Histogram(DIGITS);
    try (Pinging pinging = new Pinging(socket)) {
      for (int i = 1; i <= count; i++) {
        Progress.show("%s: %d of %d".formatted(load, i, count));
        micros.recordValue(interruption.once());
      }
      return new Waits(micros, pinging.longestNanos());
    }
  }
}
