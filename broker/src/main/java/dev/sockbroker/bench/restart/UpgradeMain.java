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
  private final Upgrader upgrader;
  private final List<Broker> holders = new ArrayList<>();
  private final StringBuilder loads = new StringBuilder();
  private final StringBuilder sizes = new StringBuilder();
  private int held;
  private boolean clean = true;

  private UpgradeMain(Path socket, String report, Upgrader upgrader) {
    this.socket = socket;
    this.report = report;
    this.upgrader = upgrader;
  }

  /**
   * @param arguments the broker's socket; the launcher; the Python server; how many upgrades for
   *     each number of sockets and under each load; the path of the report, or nothing; and the
   *     numbers of sockets, in growing order
   */
  public static void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    int count = Integer.parseInt(arguments[3]);
    UpgradeMain bench =
        new UpgradeMain(socket, arguments[4], new Upgrader(socket, arguments[1], Progress::show));
    try (Broker broker = Broker.connect(socket)) {
      for (String sockets : Arrays.asList(arguments).subList(5, arguments.length)) {
        bench.with(Integer.parseInt(sockets), count);
      }
      bench.holders.forEach(Broker::close);
      bench.underLoads(broker, arguments[1], arguments[2], count);
    }
    System.exit(bench.clean ? 0 : 1);
  }

  private void underLoads(Broker broker, String launcher, String server, int count)
      throws IOException {
    int execPort = Ports.ofListener(broker, EXEC);
    List<String> exec = Server.exec(launcher, socket, EXEC, server);
    under("wrk, server under exec", count, () -> new WebLoad(execPort, exec));
    int javaPort = Ports.ofListener(broker, JAVA);
    List<String> java = Server.java(WebWorkerMain.class, socket.toString(), JAVA);
    under("wrk, Java worker", count, () -> new WebLoad(javaPort, java));
    int chatPort = Ports.ofListener(broker, CHAT);
    under("chat", count, () -> new ChatLoad(socket, CHAT, chatPort));
    under("ring", count, () -> new RingLoad(socket));
    under("PostgreSQL", count, () -> new DatabaseLoad(socket));
  }

  private void under(String name, int count, Load.Start start) throws IOException {
    try (Load load = start.start()) {
      Upgrader.Waits waits = upgrader.under(name, count);
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
      Upgrader.Waits waits = upgrader.under(sockets + " sockets", count);
      add(sizes, "| %,d | %s | %,d MB |", sockets, waits.cells(), echoing.checkedBytes() >> 20);
    }
  }

  /** Adds a row, and writes the report as it is now, because the next row takes minutes. */
  private void add(StringBuilder rows, String format, Object... cells) throws IOException {
    Progress.show("");
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
    CPUs. `sockbroker upgrade` repeatedly upgraded the broker to the same version while clients \
    were using it.

    The pause is the time during which neither broker serves, as the broker reports it. The \
    longest silence is the longest time that another client, which sends a request every \
    millisecond, waited for a reply. Both are in milliseconds.

    ## Many sockets

    A worker echoes on one of the sockets, and its client compares every byte. No byte was wrong.

    | sockets | upgrades | pause p50 | p99 | max | longest silence | echoed |
    | --- | --- | --- | --- | --- | --- | --- |
    %s
    ## Busy machine

    Each load runs at full speed and competes with the new broker for the CPUs. wrk keeps %d \
    requests in flight. The server under `exec` has the raw fds of its listener and its \
    connections, so it keeps working during the pause. The Java worker and the chat worker send \
    and receive every byte through the broker, in frames. The ring carries bytes in both \
    directions. PostgreSQL's driver connects through `BrokerSocketFactory`.

    | | upgrades | pause p50 | p99 | max | longest silence | counted | nobody noticed |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    %s\
    """
        .formatted(Runtime.getRuntime().availableProcessors(), sizes, Wrk.CONNECTIONS, loads);
  }
}
