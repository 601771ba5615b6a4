package dev.sockbroker.broker;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process may do that an ordinary user may not. The broker does it for its clients as
 * well: it binds, connects and sets options with its own user and capabilities.
 */
public final class Privileges {
  /** CAP_NET_BIND_SERVICE, which the unit leaves to the broker: ports below 1024. */
  private static final long HARMLESS = 1L << 10;

  private Privileges() {}

  /** As the end of "the broker runs": "as root", "with capabilities"; null for an ordinary user. */
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
