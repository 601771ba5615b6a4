package dev.sockbroker.bench.restart;

import dev.sockbroker.child.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A server process, which prints "ready" when it serves. */
final class Server {
  private final List<String> line;
  private final Process process;
  private final BufferedReader out;

  private Server(List<String> line) throws IOException {
    this.line = line;
    List<String> command = new ArrayList<>(line);
    command.set(0, Programs.path(line.getFirst()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    out = process.inputReader(StandardCharsets.UTF_8);
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Starts a server and waits until it is ready. */
  static Server start(List<String> line) throws IOException {
    Server server = launch(line);
    server.awaitReady();
    return server;
  }

  /** Starts a server. */
  static Server launch(List<String> line) throws IOException {
    return new Server(line);
  }

  /** Waits until it prints "ready", or prints it again if it did so before. */
  void awaitReady() throws IOException {
    String said = out.readLine();
    while (said != null && !said.equals("ready")) {
      said = out.readLine();
    }
    if (said == null) {
      throw new IOException(line + " ended before it was ready");
    }
  }

  /** The command that runs a class of this jar. */
  static List<String> java(Class<?> main, String... arguments) {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName());
    return concat(java, List.of(arguments));
  }

  /**
   * The command that runs a Python program on a listener of the broker.
   *
   * @param name the listener's
   */
  static List<String> exec(String launcher, Path broker, String name, String program) {
    List<String> exec = List.of(launcher, "exec", "--socket", broker.toString());
    return concat(exec, List.of("--attach", name, "--nonblock", "--", "python3", program));
  }

  static List<String> concat(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  Stream<ProcessHandle> children() {
    return process.children();
  }

  /** Sends a signal for which Java has no method. */
  void signal(String name) throws IOException {
    String pid = Long.toString(process.pid());
    new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().onExit().join();
  }

  void end(End end) throws IOException {
    end.of(process.toHandle());
  }
}
