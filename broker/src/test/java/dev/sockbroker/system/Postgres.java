package dev.sockbroker.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A server of PostgreSQL with an empty database, which trusts everybody. */
final class Postgres {
  private Postgres() {}

  /**
   * @param directory for its data
   */
  static ServerProgram start(Path directory) throws Exception {
    Path initdb = Needs.program("initdb");
    Path postgres = Needs.program("postgres");
    List<String> user = user(directory);
    Path data = directory.resolve("data");
    run(user, List.of(initdb.toString(), "-D", data + "", "-A", "trust", "-N"));
    int port = ServerProgram.freePort();
    List<String> line = new ArrayList<>(user);
    line.addAll(List.of(postgres.toString(), "-p", "" + port));
    line.addAll(List.of("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="));
    line.addAll(List.of("-c", "fsync=off", "-D", data.toString()));
    return new ServerProgram(directory, port, line);
  }

  /** The server refuses to run as root. */
  private static List<String> user(Path directory) throws Exception {
    if (!Files.getOwner(Path.of("/proc/self")).getName().equals("root")) {
      return List.of();
    }
    Needs.programs("setpriv");
    run(List.of(), List.of("chown", "postgres", directory.toString()));
    return List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--");
  }

  private static void run(List<String> user, List<String> line) throws Exception {
    Program.run(Stream.concat(user.stream(), line.stream()).toList()).orFail();
  }

  static String superuser() {
    String user = System.getProperty("user.name");
    return user.equals("root") ? "postgres" : user;
  }
}
