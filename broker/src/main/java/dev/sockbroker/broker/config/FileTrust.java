package dev.sockbroker.broker.config;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Checks that nobody but root and the broker's own user can change a file that says who may do
 * what.
 */
final class FileTrust {
  private static final int WRITABLE_BY_OTHERS = 0002;
  private static final int WRITABLE_BY_GROUP = 0020;

  /** In such a directory only the owner of a file can replace it. */
  private static final int STICKY = 01000;

  private FileTrust() {}

  static void check(Path file, String name, Problems problems) {
    try {
      int mode = (int) Files.getAttribute(file, "unix:mode");
      int uid = (int) Files.getAttribute(file, "unix:uid");
      int gid = (int) Files.getAttribute(file, "unix:gid");
      if ((mode & STICKY) != 0 && Files.isDirectory(file)) {
        return;
      } else if (uid != 0 && Integer.toUnsignedLong(uid) != SocketPaths.effectiveUid()) {
        problems.add(name + ": belongs to uid " + uid + ", which could change the policy");
      } else if ((mode & WRITABLE_BY_OTHERS) != 0) {
        problems.add(name + ": everybody can write it; chmod o-w");
      } else if ((mode & WRITABLE_BY_GROUP) != 0 && gid != 0) {
        problems.add(name + ": its group can write it; chmod g-w");
      }
    } catch (IOException e) {
      problems.add(name + ": " + e.getMessage());
    }
  }
}
