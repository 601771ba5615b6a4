package dev.sockbroker.system.contract;

import dev.sockbroker.system.User;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The test's handle of a {@link ContractWorker} in a separate process. */
public final class WorkerProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final String name;
  private final Relay relay;
  private final Path broker;
  private final String classPath;
  private final Process process;
  private final Writer commands;

  WorkerProcess(String name, Relay relay, Path broker) {
    this(name, relay, broker, List.of(), System.getProperty("java.class.path"));
  }

  /**
   * A worker of another user, who often cannot read the build's class path. The worker needs only
   * its own class from it.
   *
   * @param directory a directory that all users can read, for that class
   */
  public static WorkerProcess of(User user, Path directory, Relay relay, Path broker)
      throws IOException {
    copy(ContractWorker.class, directory);
    return new WorkerProcess(
        "uid " + user.uid(), relay, broker, user.run(List.of()), directory.toString());
  }

  /** Copies a class to a directory of classes, unless it is there. */
  public static void copy(Class<?> type, Path directory) throws IOException {
    String file = type.getName().replace('.', '/') + ".class";
    Path copy = directory.resolve(file);
    if (Files.notExists(copy)) {
      Files.createDirectories(copy.getParent());
      try (InputStream in = type.getResourceAsStream("/" + file)) {
        Files.copy(in, copy);
      }
    }
  }

  private WorkerProcess(
      String name, Relay relay, Path broker, List<String> launcher, String classPath) {
    this.name = name;
    this.relay = relay;
    this.broker = broker;
    this.classPath = classPath;
    List<String> line = new ArrayList<>(launcher);
    line.addAll(commandLine());
    try {
      process =
          new ProcessBuilder(line)
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
        classPath,
        ContractWorker.class.getName(),
        relay.path().toString(),
        broker.toString());
  }

  String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** A new session of this process. */
  public SocketChannel openSession() {
    return relay.next(() -> tell("session"));
  }

  /** A session of a child process that ends with the session. */
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

  /** Sends SIGKILL. Returns when the process has ended. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Lets the process exit. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      // the process has already ended
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
