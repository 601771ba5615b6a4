package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Replaces and kills servers under load, and counts the failures that their clients see. The exit
 * code is 1 if a result was not as promised.
 */
public final class RestartMain {
  private static final String EXEC = "exec-web";
  private static final String JAVA = "java-web";
  private static final String CHAT = "lobby";

  private final Path socket;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Finding> rivals = new ArrayList<>();

  private RestartMain(Path socket) {
    this.socket = socket;
  }

  /**
   * @param arguments the broker's socket; the launcher; the Python server; how many servers to
   *     replace, how many to kill, and how many chat workers to kill; the path of the report, or
   *     nothing
   */
  public static void main(String[] arguments) throws IOException {
    RestartMain restart = new RestartMain(Path.of(arguments[0]));
    int replaced = Integer.parseInt(arguments[3]);
    int killed = Integer.parseInt(arguments[4]);
    try (Broker broker = Broker.connect(restart.socket)) {
      restart.web(
          "exec, Python",
          Server.exec(arguments[1], restart.socket, EXEC, arguments[2]),
          Ports.ofListener(broker, EXEC),
          replaced,
          killed);
      restart.web(
          "Java worker",
          Server.java(WebWorkerMain.class, restart.socket.toString(), JAVA),
          Ports.ofListener(broker, JAVA),
          replaced,
          killed);
      int port = Ports.ofListener(broker, CHAT);
      int chatKilled = Integer.parseInt(arguments[5]);
      restart.found(new Chatting(restart.socket, CHAT, port, Progress::show).killed(chatKilled));
    }
    new Rivals(arguments[2], Progress::show, restart::rival).all(replaced, killed);
    if (!arguments[6].isEmpty()) {
      Files.writeString(Path.of(arguments[6]), restart.markdown());
    }
    System.exit(restart.findings.stream().allMatch(Finding::promised) ? 0 : 1);
  }

  private void web(String name, List<String> line, int port, int replaced, int killed)
      throws IOException {
    Replacing server = new Replacing(name, () -> new Overlapping(port, line), Progress::show);
    found(server.gracefully(replaced));
    found(server.byForce(killed));
  }

  private void found(Finding finding) {
    findings.add(finding);
    print(finding, finding.promised() ? "" : "   NOT AS PROMISED");
  }

  private void rival(Finding finding) {
    rivals.add(finding);
    print(finding, "");
  }

  private static void print(Finding finding, String verdict) {
    Progress.show("");
    System.out.printf(
        "%-28s %4d times: %s%s%n", finding.name(), finding.rounds(), finding.counted(), verdict);
  }

  private String markdown() {
    StringBuilder text =
        new StringBuilder(
            """
            # Restarts under load

            `scripts/bench restart` wrote this page; no figure was entered by hand. The machine had \
            %d CPUs, and wrk had %d requests in flight at any moment. Each server was started and \
            ready, and served together with the old one, before the old one ended.

            | | times | counted | as promised |
            | --- | --- | --- | --- |
            """
                .formatted(Runtime.getRuntime().availableProcessors(), Wrk.CONNECTIONS));
    for (Finding it : findings) {
      text.append("| %s | %s |\n".formatted(row(it), it.promised() ? "yes" : "**no**"));
    }
    text.append(
        """

        ## The same Python server without the broker

        - **SO_REUSEPORT**: each server binds the port itself, and is ready before the old one ends.
        - **socket activation**: as under systemd, the old server ends first. Clients wait in the \
        listener's queue until the next one is ready. `systemd-socket-activate` opens the listener, \
        and a shell loop starts one server after the other.
        - **HAProxy, reloaded**: the next server is ready on a port of its own. HAProxy is reloaded \
        with that port, and the old server ends after the old HAProxy process.

        | | times | counted |
        | --- | --- | --- |
        """);
    rivals.forEach(it -> text.append("| %s |\n".formatted(row(it))));
    return text.toString();
  }

  private static String row(Finding it) {
    return "%s | %d | %s".formatted(it.name(), it.rounds(), it.counted());
  }
}
