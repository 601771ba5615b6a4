package dev.sockbroker.bench.restart;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server with an empty database. */
public final class Database implements Closeable {
  /** The superuser. */
  static final String USER = "postgres";

  private final int port;
  private final Path path;
  private final Server server;

  private Database(int port, Path path, Server server) {
    this.port = port;
    this.path = path;
    this.server = server;
  }

  /** Starts it and waits until it listens. */
  public static Database start() throws IOException {
    Path directory = Files.createTempDirectory("database");
    // the server refuses to run as root
    boolean root = Files.getOwner(Path.of("/proc/self")).getName().equals("root");
    List<String> user = List.of();
    if (root) {
      run(List.of("chown", USER, directory.toString()));
      user = List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups", "--");
    }
    String data = directory.resolve("data").toString();
    run(Server.concat(user, List.of("initdb", "-D", data, "-U", USER, "-A", "trust", "-N")));
    int port = Ports.free();
    List<String> serve =
        List.of(
            "postgres",
            "-D",
            data,
            "-p",
            "" + port,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=" + directory,
            "-c",
            "fsync=off",
            "-c",
            "log_min_messages=fatal");
    Server server = Server.launch(Server.concat(user, serve));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory, server)));
    Ports.awaitListening(port);
    return new Database(port, directory.resolve(".s.PGSQL." + port), server);
  }

  private static void run(List<String> line) throws IOException {
    Process process =
        new ProcessBuilder(line)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException("failed: " + String.join(" ", line));
    }
  }

  /** The TCP port. */
  public int port() {
    return port;
  }

  /** The path of the Unix socket. */
  public Path path() {
    return path;
  }

  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  @Override
  public void close() throws IOException {
    server.end(End.GRACEFUL);
  }

  /** At the end of this program, even of an interrupted one. */
  private static void delete(Path directory, Server server) {
    try (Stream<Path> files = Files.walk(directory)) {
      server.end(End.FORCED);
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      System.err.println(directory + " was not deleted: " + e);
    }
  }
}
