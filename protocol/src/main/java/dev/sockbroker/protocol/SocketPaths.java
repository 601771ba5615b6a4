package dev.sockbroker.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** The default paths of the broker's socket. */
public final class SocketPaths {
  /** The environment variable with the socket's path, for the broker and its clients. */
  public static final String VARIABLE = "SOCKBROKER_SOCKET";

  /** The longest path of a Unix socket in bytes (unix(7)). */
  public static final int LENGTH_MAX = 107;

  /** The path of root's broker and of the system service. */
  public static final Path SYSTEM = Path.of("/run/sockbroker/broker.sock");

  private SocketPaths() {}

  /**
   * Returns the path to which a client connects. It is {@link #defaultPath}, unless the user has no
   * broker of their own, nothing exists at that path, and this process may connect to {@link
   * #SYSTEM}.
   */
  public static Path clientPath() {
    return clientPath(System.getenv(), effectiveUid(), SYSTEM);
  }

  /** If a broker left its path behind, the path still refers to that broker. */
  static Path clientPath(Map<String, String> environment, long uid, Path system) {
    Path own = of(environment, uid);
    boolean isNamed = !environment.getOrDefault(VARIABLE, "").isEmpty();
    boolean isAbsent = Files.notExists(own, LinkOption.NOFOLLOW_LINKS);
    return !isNamed && isAbsent && Files.isWritable(system) ? system : own;
  }

  /**
   * Returns the path of the user's own broker. It is {@value #VARIABLE} if that is set. Otherwise
   * it is {@code /run/sockbroker/broker.sock} for root and {@code
   * $XDG_RUNTIME_DIR/sockbroker/broker.sock} for other users, or {@code
   * /tmp/sockbroker-UID/broker.sock} if that variable has no absolute path.
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
    // The XDG base directory specification says to ignore a relative path.
    return runtime.startsWith("/")
        ? Path.of(runtime, "sockbroker", "broker.sock")
        : Path.of("/tmp/sockbroker-" + uid, "broker.sock");
  }

  /**
   * Returns the effective uid from proc(5). The owner of {@code /proc/self} would not do, because
   * it is root if the process may not be dumped.
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
