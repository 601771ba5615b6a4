package dev.sockbroker.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A JVM of the demo's own, from the same jar; it ends with the demo, whatever happens to that. */
final class ChildJvm implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  /** For a short life: start fast, do not optimize. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          "--enable-native-access=ALL-UNNAMED");

  private static final String END = "(end of output)";

  private final String name;
  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Thread killer;
  private String last = "none";

  /**
   * @param name for messages
   * @param mainClass on this JVM's own class path
   */
  static ChildJvm start(String name, Class<?> mainClass, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
    command.addAll(List.of(arguments));
    return new ChildJvm(name, new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    killer = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killer);
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  long pid() {
    return process.pid();
  }

  void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** The next line of its output, stderr included. */
  String nextLine() throws IOException {
    try {
      String line = lines.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new DemoFailedException(name + " says nothing");
      } else if (line.equals(END)) {
        throw new DemoFailedException(name + " has ended; its last words: " + last);
      }
      last = line;
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoFailedException("interrupted while it waited for " + name, e);
    }
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Ends it, with SIGTERM first. */
  @Override
  public void close() throws IOException {
    process.destroy();
    awaitEnd();
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException shuttingDown) {
      // Ctrl-C came first: the hook runs already
      return;
    }
  }

  private void awaitEnd() throws IOException {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new DemoFailedException(name + " did not end");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException closed) {
      // destroy() closes the stream; whatever the reason, there is no more to read
      lines.add(END);
      return;
    }
    lines.add(END);
  }
}
