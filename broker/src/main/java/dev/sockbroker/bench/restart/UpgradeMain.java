package dev.sockbroker.bench.upgrade;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Keeps upgrading a broker, and measures how long its clients have to wait. Ends with an exception
 * if a client loses its session, its connection or a byte.
 */
public final class UpgradeMain {
  private static final Pattern PAUSE = Pattern.compile("\"pauseMicros\":([0-9]+)");

  /** Below the limit of a session. */
  private static final int SOCKETS_A_SESSION = 1000;

  private final Path socket;
  private final String launcher;
  private final int upgrades;
  private final List<Broker> holders = new ArrayList<>();
  private final StringBuilder rows = new StringBuilder();
  private int held;

  private UpgradeMain(Path socket, String launcher, int upgrades) {
    this.socket = socket;
    this.launcher = launcher;
    this.upgrades = upgrades;
  }

  /**
   * @param arguments the broker's socket; the launcher; how many upgrades; the path of the report,
   *     or nothing; and the numbers of sockets, in growing order
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    UpgradeMain bench =
        new UpgradeMain(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]));
    for (int i = 4; i < arguments.length; i++) {
      bench.measure(Integer.parseInt(arguments[i]));
    }
    bench.holders.forEach(Broker::close);
    if (!arguments[3].isEmpty()) {
      Files.writeString(Path.of(arguments[3]), bench.markdown());
    }
  }

  static void onOwnThread(Runnable body) {
    Thread.ofPlatform().daemon().start(body);
  }

  private void measure(int sockets) throws IOException, InterruptedException {
    hold(sockets);
    Histogram micros = new Histogram(3);
    try (Pinging pinging = new Pinging(socket);
        Echoing echoing = new Echoing(socket)) {
      for (int i = 1; i <= upgrades; i++) {
        micros.recordValue(upgrade());
        System.err.print("\r\033[K" + sockets + " sockets: " + i + " of " + upgrades);
      }
      System.err.print("\r\033[K");
      add(sockets, micros, pinging.longestNanos(), echoing.checkedBytes());
    }
  }

  /** Opens sockets until there are this many. */
  private void hold(int sockets) throws IOException {
    for (; held < sockets; held++) {
      if (held % SOCKETS_A_SESSION == 0) {
        holders.add(Broker.connect(socket));
      }
      holders.getLast().open(SocketSpec.udp("127.0.0.1", 0));
    }
  }

  /** Returns the pause in microseconds. */
  private long upgrade() throws IOException, InterruptedException {
    Process command =
        new ProcessBuilder(
                launcher, "upgrade", "--json", "--timeout", "10s", "--socket", "" + socket)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher pause = PAUSE.matcher(output);
    if (command.waitFor() != 0 || !pause.find()) {
      throw new IOException("the broker was not upgraded: " + output);
    }
    return Long.parseLong(pause.group(1));
  }

  private void add(int sockets, Histogram micros, long longestNanos, long checkedBytes) {
    String row =
        String.format(
            Locale.ROOT,
            "| %,d | %d | %s | %s | %s | %s | %,d MB, 0 wrong |",
            sockets,
            upgrades,
            millis(micros.getValueAtPercentile(50)),
            millis(micros.getValueAtPercentile(99)),
            millis(micros.getMaxValue()),
            millis(longestNanos / 1000),
            checkedBytes >> 20);
    System.out.println(row);
    rows.append(row).append('\n');
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f", micros / 1000.0);
  }

  private String markdown() {
    return """
    # Upgrades under load

    `scripts/bench upgrade` wrote this page; no figure was entered by hand. The machine had %d \
    CPUs. The broker was upgraded to the same version repeatedly, by `sockbroker upgrade`. \
    Meanwhile one client asked all the time, and another one sent bytes through a worker, which \
    echoed them, and compared every byte. No client lost its session, its connection or a byte.

    The pause is the time in which nobody serves, as the broker reports it. The longest silence \
    is what the asking client saw.

    | sockets | upgrades | pause p50, ms | p99 | max | longest silence, ms | echoed |
    | --- | --- | --- | --- | --- | --- | --- |
    %s\
    """
        .formatted(Runtime.getRuntime().availableProcessors(), rows);
  }
}
