package dev.sockbroker.broker.config;

import dev.sockbroker.protocol.SafePlace;
import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Checks that nobody but root and the broker's own user can change a file that says who may do
 * what, or put another file in its place. A former version of the file, or that of another broker,
 * belongs to a trusted user as well.
 */
final class FileTrust {
  private static final int WRITABLE_BY_OTHERS = 0002;
  private static final int WRITABLE_BY_GROUP = 0020;

  /** In such a directory only the owner of a file can replace it. */
  private static final int STICKY = 01000;

  private final Problems problems;

  /** The directories that were reported, each by its real path. */
  private final Set<Path> reported = new HashSet<>();

  FileTrust(Problems problems) {
    this.problems = problems;
  }

  /**
   * @param file a file or a directory that exists
   */
  void check(Path file, String name) {
    try {
      String why = writer(file);
      if (why == null) {
        checkWayTo(file, name);
      } else if (reported.add(file.toRealPath())) {
        problems.add(name + ": " + why);
      }
    } catch (IOException e) {
      problems.add(name + ": " + e.getMessage());
    }
  }

  /** Returns who else can write it, or null. */
  private static String writer(Path file) throws IOException {
    int mode = (int) Files.getAttribute(file, "unix:mode");
    int uid = (int) Files.getAttribute(file, "unix:uid");
    int gid = (int) Files.getAttribute(file, "unix:gid");
    if ((mode & STICKY) != 0 && Files.isDirectory(file)) {
      return null;
    } else if (uid != 0 && Integer.toUnsignedLong(uid) != SocketPaths.effectiveUid()) {
      return "belongs to uid " + uid + ", which could change the policy";
    } else if ((mode & WRITABLE_BY_OTHERS) != 0) {
      return "everybody can write it; chmod o-w";
    }
    return (mode & WRITABLE_BY_GROUP) != 0 && gid != 0 ? "its group can write it; chmod g-w" : null;
  }

  /** Who can replace a directory or a symbolic link on the way to a file can replace the file. */
  private void checkWayTo(Path file, String name) throws IOException {
    long self = SocketPaths.effectiveUid();
    Path unsafe =
        new SafePlace(self, self).trustingRootsGroup().unsafeOnWayTo(file.toAbsolutePath());
    if (unsafe != null && reported.add(unsafe.toRealPath())) {
      problems.add(
          name
              + ": another user can replace files in "
              + unsafe
              + ", and so what is read here: every directory on the way, also to the target of a"
              + " symbolic link, must belong to root or the broker's user and be writable by nobody"
              + " else, or be sticky");
    }
  }
}
