package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Keeps killing a broker. The exit code is 1 if a client has noticed more than a pause. */
public final class CrashMain {
  private CrashMain() {}

  /**
   * @param arguments a path for the broker's socket; the launcher; the Python server; how many
   *     kills with each number of sockets and under each load; the path of the report, or nothing;
   *     a file for the broker's log; and the numbers of sockets, in growing order
   */
  public static void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    List<Integer> sockets = Arrays.stream(arguments).skip(6).map(Integer::valueOf).toList();
    boolean clean;
    try (Crash crash = new Crash(socket, arguments[1], Path.of(arguments[5]).toFile())) {
      Trial trial = new Trial(socket, crash, arguments[4], CrashMain::markdown);
      clean = trial.run(arguments[1], arguments[2], Integer.parseInt(arguments[3]), sockets);
    }
    System.exit(clean ? 0 : 1);
  }

  private static String markdown(String sizes, String loads) {
    return """
    # A broker that is killed under load

    `scripts/bench crash` wrote this page; no figure was entered by hand. The machine had %d CPUs. \
    SIGKILL ended the broker again and again while clients were using it. Each time the next one \
    was started at once, as a service manager does.

    The time without a broker runs from the kill to the first reply of the next broker, to a \
    client that was connected before. Most of it is the start of a JVM. The longest silence is the \
    longest time that another client, which sends a request every millisecond, waited for a reply. \
    Both are in milliseconds.

    ## Many sockets

    A worker echoes on one of the sockets, and its client compares every byte. No byte was wrong.

    | sockets | kills | without a broker p50 | p99 | max | longest silence | echoed |
    | --- | --- | --- | --- | --- | --- | --- |
    %s
    ## Busy machine

    Each load runs at full speed and competes with the new broker for the CPUs. wrk keeps %d \
    requests in flight. The server under `exec` has the raw fds of its listener and its \
    connections, so it keeps working without a broker. The Java worker and the chat worker send \
    and receive every byte through the broker, in frames. The ring carries bytes in both \
    directions. PostgreSQL's driver connects through `BrokerSocketFactory`.

    | | kills | without a broker p50 | p99 | max | longest silence | counted | nobody noticed |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    %s\
    """
        .formatted(Runtime.getRuntime().availableProcessors(), sizes, Wrk.CONNECTIONS, loads);
  }
}
