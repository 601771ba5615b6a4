package dev.sockbroker.bench.restart;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server's process, which says "ready" when it serves. */
final class Server {
  private static final int PATIENCE_SECONDS = 60;

  private final Process process;

  private Server(Process process) {
    this.process = process;
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Starts one and waits until it is ready. */
  static Server start(List<String> line) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(line);
    Server server = new Server(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    BufferedReader out = server.process.inputReader(StandardCharsets.UTF_8);
    String said = out.readLine();
    while (said != null && !said.equals("ready")) {
      said = out.readLine();
    }
    if (said == null) {
      throw new IOException(line + " ended before it was ready");
    }
    return server;
  }

  /** A line that runs a class of this jar. */
  static List<String> java(Class<?> main, String... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    line.addAll(List.of(arguments));
    return line;
  }

  /** SIGTERM, and it ends in its own time. */
  void end() throws IOException {
    process.toHandle().destroy();
    awaitEnd();
  }

  /** SIGKILL. */
  void kill() throws IOException {
    process.toHandle().destroyForcibly();
    awaitEnd();
  }

  private void awaitEnd() throws IOException {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("pid " + process.pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
