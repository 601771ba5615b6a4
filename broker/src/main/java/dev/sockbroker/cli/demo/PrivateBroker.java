package dev.sockbroker.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A broker of the demo's own, in a directory that goes with it. */
final class PrivateBroker implements AutoCloseable {
  private final Path directory;
  private final ChildJvm process;

  private PrivateBroker(Path directory, ChildJvm process) {
    this.directory = directory;
    this.process = process;
  }

  /**
   * Starts it and waits until it says that it is ready.
   *
   * @param main the command line's main class
   */
  static PrivateBroker start(Class<?> main) throws IOException {
    Path directory = Files.createTempDirectory("sockbroker-demo");
    String path = socket(directory).toString();
    PrivateBroker broker =
        new PrivateBroker(directory, ChildJvm.start("the broker", main, "serve", "--socket", path));
    try {
      String line = broker.process.nextLine();
      while (!line.contains("ready")) {
        line = broker.process.nextLine();
      }
      return broker;
    } catch (IOException e) {
      broker.close();
      throw e;
    }
  }

  Path socket() {
    return socket(directory);
  }

  private static Path socket(Path directory) {
    return directory.resolve("run/broker.sock");
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    process.close();
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> inOrder = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : inOrder) {
        Files.delete(file);
      }
    }
  }
}
