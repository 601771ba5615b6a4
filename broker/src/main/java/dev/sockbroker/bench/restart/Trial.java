package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;

/**
 * Interrupts a broker that has many sockets, and one under load. Measures how long its clients
 * wait, and counts their failures.
 */
final class Trial {
  private static final String EXEC = "exec-web";
  private static final String JAVA = "java-web";
  private static final String CHAT = "lobby";

  /** Below the limit of a session. */
  private static final int SOCKETS_A_SESSION = 1000;

  private final Path socket;
  private final String report;
  private final BinaryOperator<String> page;
  private final Interruptions interruptions;
  private final List<Broker> holders = new ArrayList<>();
  private final StringBuilder loads = new StringBuilder();
  private final StringBuilder sizes = new StringBuilder();
  private int held;
  private boolean clean = true;

  /**
   * @param report the path of the page, or nothing
   * @param page makes it of the rows for many sockets and of those for the loads
   */
  Trial(Path socket, Interruption interruption, String report, BinaryOperator<String> page) {
    this.socket = socket;
    this.report = report;
    this.page = page;
    interruptions = new Interruptions(socket, interruption);
  }

  /**
   * Runs everything. Returns whether no client has noticed more than a pause.
   *
   * @param launcher of the broker
   * @param server the Python server
   * @param count how many interruptions for each number of sockets and under each load
   * @param sockets in growing order
   */
  boolean run(String launcher, String server, int count, List<Integer> sockets) throws IOException {
    try (Broker broker = Broker.connect(socket)) {
      for (int it : sockets) {
        with(it, count);
      }
      holders.forEach(Broker::close);
      underLoads(broker, launcher, server, count);
    }
    return clean;
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
      Interruptions.Waits waits = interruptions.under(name, count);
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
      Interruptions.Waits waits = interruptions.under(sockets + " sockets", count);
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
      Files.writeString(Path.of(report), page.apply(sizes.toString(), loads.toString()));
    }
  }
}
