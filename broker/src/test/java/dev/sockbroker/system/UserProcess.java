package dev.sockbroker.system;

import dev.sockbroker.system.contract.ContractWorker;
import dev.sockbroker.system.contract.Relay;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of another user, whose sessions with the broker are the test's. */
final class UserProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Relay relay;
  private final Process process;
  private final Writer commands;

  /**
   * @param directory is open to all users
   */
  static UserProcess start(User user, Path directory, Path broker) throws IOException {
    return new UserProcess(user, directory, broker);
  }

  private UserProcess(User user, Path directory, Path broker) throws IOException {
    Path path = Files.createTempFile(directory, "relay", ".sock");
    Files.delete(path);
    relay = new Relay(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    copyWorker(directory);
    List<String> line =
        List.of(
            BrokerProcess.JAVA.toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            directory.toString(),
            ContractWorker.class.getName(),
            path.toString(),
            broker.toString());
    process =
        new ProcessBuilder(user.run(line))
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands = process.outputWriter();
  }

  /** Other users often cannot read the build's class path; the worker needs nothing else of it. */
  private static void copyWorker(Path directory) throws IOException {
    String name = ContractWorker.class.getName().replace('.', '/') + ".class";
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      return;
    }
    Files.createDirectories(file.getParent());
    try (InputStream in = ContractWorker.class.getResourceAsStream("/" + name)) {
      Files.copy(in, file);
    }
    for (Path it = file.getParent(); !it.equals(directory); it = it.getParent()) {
      SharedBroker.openToAll(it);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** A new connection of this process to the broker, which has said nothing yet. */
  WireClient connect() throws IOException {
    return WireClient.over(relay.next(() -> tell("session")));
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

  @Override
  public void close() {
    kill();
    try {
      relay.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(process + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
