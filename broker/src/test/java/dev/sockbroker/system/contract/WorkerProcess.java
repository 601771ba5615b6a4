package dev.sockbroker.system.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The suite's hand on a {@link ContractWorker} in a process of its own. */
final class WorkerProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final String name;
  private final Relay relay;
  private final Path broker;
  private final Process process;
  private final Writer commands;

  WorkerProcess(String name, Relay relay, Path broker) {
    this.name = name;
    this.relay = relay;
    this.broker = broker;
    try {
      process =
          new ProcessBuilder(commandLine())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    commands = process.outputWriter();
  }

  private List<String> commandLine() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        ContractWorker.class.getName(),
        relay.path().toString(),
        broker.toString());
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** A new session of this process. */
  SocketChannel openSession() {
    return relay.next(() -> tell("session"));
  }

  /** A session of a process that this one starts, and that ends with the session. */
  SocketChannel openChildSession() {
    return relay.next(() -> tell("run " + String.join(" ", commandLine()) + " child &"));
  }

  /** Starts a shell command that inherits the connections of this process. */
  void run(String command) {
    tell("run " + command);
  }

  private void tell(String line) {
    try {
      commands.write(line + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9, and waits until the process is gone. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Lets it exit. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      // It is gone already.
    }
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("worker " + name + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
