package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import java.nio.charset.StandardCharsets;

/** How long the path of a Unix socket may be. */
public final class UnixPathLength {
  private UnixPathLength() {}

  /**
   * Checks a path, or @ and an abstract name.
   *
   * @return its bytes
   * @throws RefusedException ENAMETOOLONG
   */
  public static byte[] check(String path) {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    // sun_path has one byte more. A path ends with a NUL, and an abstract name begins with one.
    int most = path.startsWith("@") ? SocketPaths.LENGTH_MAX + 1 : SocketPaths.LENGTH_MAX;
    if (bytes.length > most) {
      throw new RefusedException(
          Errno.ENAMETOOLONG,
          "the path has "
              + bytes.length
              + " bytes, a Unix socket's at most "
              + SocketPaths.LENGTH_MAX
              + ": use a shorter one");
    }
    return bytes;
  }
}
