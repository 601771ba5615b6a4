package dev.sockbroker.child;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A broker for one command, in a directory that is deleted with it. */
public final class PrivateBroker implements Closeable {
  private final Path directory;
  private final ChildJvm process;

  private PrivateBroker(Path directory, ChildJvm process) {
    this.directory = directory;
    this.process = process;
  }

  /**
   * Starts the broker and waits until it reports that it is ready.
   *
   * @param owner a word for the directory's name
   * @param wrapper as in {@link ChildJvm}
   * @param options of the JVM
   * @param main the command line's main class
   * @param arguments of {@code serve}, in addition to its socket
   */
  public static PrivateBroker start(
      String owner, List<String> wrapper, List<String> options, Class<?> main, String... arguments)
      throws IOException {
    Path directory = Files.createTempDirectory("sockbroker-" + owner);
    // The directory of the socket inside decides who may connect.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> serve =
        new ArrayList<>(List.of(main.getName(), "serve", "--socket", socket(directory).toString()));
    serve.addAll(List.of(arguments));
    ChildJvm process =
        ChildJvm.start(
            "the broker", wrapper, options, WithParent.class, serve.toArray(String[]::new));
    PrivateBroker broker = new PrivateBroker(directory, process);
    try {
      String line = process.nextLine();
      while (!line.contains("ready")) {
        line = process.nextLine();
      }
      return broker;
    } catch (IOException e) {
      broker.close();
      throw e;
    }
  }

  public Path socket() {
    return socket(directory);
  }

  private static Path socket(Path directory) {
    return directory.resolve("run/broker.sock");
  }

  public long pid() {
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
