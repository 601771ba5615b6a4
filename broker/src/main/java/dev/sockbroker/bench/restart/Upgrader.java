package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** Repeatedly upgrades a broker to its own version. */
final class Upgrader {
  private static final Pattern PAUSE = Pattern.compile("\"pauseMicros\":([0-9]+)");
  private static final int DIGITS = 3;

  private final Path socket;
  private final List<String> line;
  private final Consumer<String> progress;

  Upgrader(Path socket, String launcher, Consumer<String> progress) {
    this.socket = socket;
    line =
        List.of(launcher, "upgrade", "--json", "--timeout", "10s", "--socket", socket.toString());
    this.progress = progress;
  }

  /**
   * The waits of clients.
   *
   * @param micros the pauses, in which nobody serves, as the broker reports them
   * @param longestNanos the longest wait for a reply that a client saw
   */
  record Waits(Histogram micros, long longestNanos) {
    /** The cells of a table: number of upgrades, p50, p99, max, longest silence. */
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
   * Upgrades the broker while clients use it.
   *
   * @param load the name of what they do
   * @param count how often
   */
  Waits under(String load, int count) throws IOException {
    Histogram micros = new Histogram(DIGITS);
    try (Pinging pinging = new Pinging(socket)) {
      for (int i = 1; i <= count; i++) {
        progress.accept("%s: %d of %d".formatted(load, i, count));
        micros.recordValue(upgrade());
      }
      return new Waits(micros, pinging.longestNanos());
    }
  }

  /** Returns the pause in microseconds. */
  private long upgrade() throws IOException {
    Process command =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher pause = PAUSE.matcher(output);
    if (command.onExit().join().exitValue() != 0 || !pause.find()) {
      throw new IOException("the broker was not upgraded: " + output);
    }
    return Long.parseLong(pause.group(1));
  }
}
