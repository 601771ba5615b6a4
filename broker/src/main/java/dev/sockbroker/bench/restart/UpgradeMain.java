package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Keeps upgrading a broker. The exit code is 1 if a client has noticed more than a pause. */
public final class UpgradeMain {
  private UpgradeMain() {}

  /**
   * @param arguments the broker's socket; the launcher; the Python server; how many upgrades for
   *     each number of sockets and under each load; the path of the report, or nothing; and the
   *     numbers of sockets, in growing order
   */
  public static void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    Upgrade upgrade = new Upgrade(socket, arguments[1]);
    Trial trial = new Trial(socket, upgrade, arguments[4], UpgradeMain::markdown);
    List<Integer> sockets = Arrays.stream(arguments).skip(5).map(Integer::valueOf).toList();
    boolean clean = trial.run(arguments[1], arguments[2], Integer.parseInt(arguments[3]), sockets);
    System.exit(clean ? 0 : 1);
  }

  private static String markdown(String sizes, String loads) {
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
