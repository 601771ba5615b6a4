package dev.sockbroker.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** Where broker and clients meet when nobody says where. */
public final class SocketPaths {
  /** The environment variable that names the socket, for the broker and for its clients. */
  public static final String VARIABLE = "SOCKBROKER_SOCKET";

  /** The bytes of a Unix socket's path (unix(7)). */
  public static final int LENGTH_MAX = 107;

  /** Where the broker of root, or of the system's service, listens. */
  public static final Path SYSTEM = Path.of("/run/sockbroker/broker.sock");

  private SocketPaths() {}

  /**
   * Where a client connects: {@link #defaultPath}; but if the user has no broker of its own, so
   * that nothing is there, {@link #SYSTEM} if this process may connect to that.
   */
  public static Path clientPath() {
    return clientPath(System.getenv(), effectiveUid(), SYSTEM);
  }

  /** A path that a broker has left behind still means that broker. */
  static Path clientPath(Map<String, String> environment, long uid, Path system) {
    Path own = of(environment, uid);
    boolean isNamed = !environment.getOrDefault(VARIABLE, "").isEmpty();
    boolean isAbsent = Files.notExists(own, LinkOption.NOFOLLOW_LINKS);
    return !isNamed && isAbsent && Files.isWritable(system) ? system : own;
  }

  /**
   * Where the user's own broker listens: {@value #VARIABLE} if it is set; for root {@code
   * /run/sockbroker/broker.sock}; else {@code $XDG_RUNTIME_DIR/sockbroker/broker.sock}; without
   * such a directory {@code /tmp/sockbroker-UID/broker.sock}.
   */
  public static Path defaultPath() {
    return of(System.getenv(), effectiveUid());
  }

  static Path of(Map<String, String> environment, long uid) {
    String named = environment.getOrDefault(VARIABLE, "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    if (uid == 0) {
      return SYSTEM;
    }
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    // The XDG base directory specification: a relative path is to be ignored.
    return runtime.startsWith("/")
        ? Path.of(runtime, "sockbroker", "broker.sock")
        : Path.of("/tmp/sockbroker-" + uid, "broker.sock");
  }

  /**
   * The user that this process acts as, by proc(5) and not by the owner of {@code /proc/self},
   * which is root for a process that may not be dumped.
   */
  public static long effectiveUid() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Uid:")) {
          return Long.parseLong(line.split("\\s+")[2]);
        }
      }
      throw new IllegalStateException("/proc/self/status has no line 'Uid:'");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
