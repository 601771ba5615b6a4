package dev.sockbroker.broker;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The privileges of this process beyond those of an ordinary user. Clients benefit from them too:
 * the broker binds, connects and sets options with its own user and capabilities.
 */
public final class Privileges {
  /** CAP_NET_BIND_SERVICE, which the systemd unit grants for ports below 1024. */
  private static final long HARMLESS = 1L << 10;

  private Privileges() {}

  /**
   * Returns the end of the sentence "the broker runs": "as root" or "with capabilities". Null for
   * an ordinary user.
   */
  public static String ofThisProcess() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String capabilities =
          lines.filter(line -> line.startsWith("CapEff:")).findFirst().orElse("CapEff: 0");
      return of(SocketPaths.effectiveUid(), capabilities.substring("CapEff:".length()).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String of(long uid, String capabilities) {
    if (uid == 0) {
      return "as root";
    }
    long others = Long.parseUnsignedLong(capabilities, 16) & ~HARMLESS;
    return others == 0 ? null : "with capabilities (CapEff %s)".formatted(capabilities);
  }
}
