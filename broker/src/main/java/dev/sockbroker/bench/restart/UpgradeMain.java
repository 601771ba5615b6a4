package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Keeps upgrading a broker under load. Measures how long its clients wait, and counts their
 * failures. The exit code is 1 if there was any.
 */
public final class UpgradeMain {
  private static final String EXEC = "exec-web";
  private static final String JAVA = "java-web";
  private static final String CHAT = "lobby";

  /** Below the limit of a session. */
  private static final int SOCKETS_A_SESSION = 1000;

  private final Path socket;
  private final String report;
  private final Upgrades upgrades;
  private final List<Broker> holders = new ArrayList<>();
  private final StringBuilder loads = new StringBuilder();
  private final StringBuilder sizes = new StringBuilder();
  private int held;
  private boolean clean = true;

  private UpgradeMain(Path socket, String report, Upgrades upgrades) {
    this.socket = socket;
    this.report = report;
    this.upgrades = upgrades;
  }

  /**
   * @param arguments the broker's socket; the launcher; the Python server; how many upgrades for
   *     each number of sockets, and half as many under each load, where one takes some seconds; the
   *     path of the report, or nothing; and the numbers of sockets, in growing order
   */
  public static void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    int count = Integer.parseInt(arguments[3]);
    UpgradeMain bench =
        new UpgradeMain(
            socket, arguments[4], new Upgrades(socket, arguments[1], RestartMain::show));
    try (Broker broker = Broker.connect(socket)) {
      for (String sockets : Arrays.asList(arguments).subList(5, arguments.length)) {
        bench.with(Integer.parseInt(sockets), count);
      }
      bench.holders.forEach(Broker::close);
      bench.underLoads(broker, arguments[1], arguments[2], (count + 1) / 2);
    }
    System.exit(bench.clean ? 0 : 1);
  }

  private void underLoads(Broker broker, String launcher, String server, int count)
      throws IOException {
    int execPort = RestartMain.listener(broker, EXEC);
    List<String> exec = Server.exec(launcher, socket, EXEC, server);
    under("wrk, server under exec", count, () -> new WebLoad(execPort, exec));
    int javaPort = RestartMain.listener(broker, JAVA);
    List<String> java = Server.java(WebWorkerMain.class, socket.toString(), JAVA);
    under("wrk, Java worker", count, () -> new WebLoad(javaPort, java));
    int chatPort = RestartMain.listener(broker, CHAT);
    under("chat", count, () -> new ChatLoad(socket, CHAT, chatPort));
    under("ring", count, () -> new RingLoad(socket));
    under("PostgreSQL", count, () -> new DatabaseLoad(socket));
  }

  private void under(String name, int count, Load.Start start) throws IOException {
    try (Load load = start.start()) {
      Upgrades.Waits waits = upgrades.under(name, count);
      Load.Outcome outcome = load.stop();
      clean &= outcome.clean();
      String verdict = outcome.clean() ? "yes" : "**no**";
      add(loads, "| %s | %s | %s | %s |", name, waits.cells(), outcome.counted(), verdict);
    }
  }

  /** Measures with this number of sockets, of which all but one are idle. */
  private void with(int sockets, int count) throws IOException {
    for (; held < sockets; held++) {
      if (held % SOCKETS_A_SESSION == 0) {
        holders.add(Broker.connect(socket));
      }
      holders.getLast().open(SocketSpec.udp("127.0.0.1", 0));
    }
    try (Echoing echoing = new Echoing(socket)) {
      Upgrades.Waits waits = upgrades.under(sockets + " sockets", count);
      add(sizes, "| %,d | %s | %,d MB |", sockets, waits.cells(), echoing.checkedBytes() >> 20);
    }
  }

  /** Adds a row, and writes the report as it is now, because the next row takes minutes. */
  private void add(StringBuilder rows, String format, Object... cells) throws IOException {
    RestartMain.show("");
    String row = String.format(Locale.ROOT, format, cells);
    System.out.println(row);
    rows.append(row).append('\n');
    if (!report.isEmpty()) {
      Files.writeString(Path.of(report), markdown());
    }
  }

  private String markdown() {
    return """
    # Upgrades under load

    `scripts/bench upgrade` wrote this page; no figure was entered by hand. The machine had %d \
    CPUs. `sockbroker upgrade` upgraded the broker to the same version repeatedly while clients \
    used it.

    The pause is the time in which nobody serves, as the broker reports it. The longest silence \
    is the longest wait for a reply of one more client, which sent a request every millisecond. \
    Both are in milliseconds.

    ## Many sockets

    A worker echoed on one of the sockets, and its client compared every byte. No byte was wrong.

    | sockets | upgrades | pause p50 | p99 | max | longest silence | echoed |
    | --- | --- | --- | --- | --- | --- | --- |
    %s
    ## Busy machine

    Each load takes all the CPU that it can get, and the new broker starts beside it. wrk had %d \
    requests in flight at any moment. The server under `exec` has the raw listener and its \
    connections, so it works in the pause, too. The Java worker and the chat worker move every \
    byte through the broker, in frames. The ring carries bytes in both directions. PostgreSQL's \
    driver connects through `BrokerSocketFactory`.

    | | upgrades | pause p50 | p99 | max | longest silence | counted | nobody noticed |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    %s\
    """
        .formatted(Runtime.getRuntime().availableProcessors(), sizes, Wrk.CONNECTIONS, loads);
  }
}
