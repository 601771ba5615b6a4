package dev.sockbroker.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Where only trusted users can put, move or replace anything, in any directory on the way. Trusted
 * are root, this user, and one more. The owner of {@code /} counts as root: in a user namespace
 * root may have no number. Any thread.
 */
public final class SafePlace {
  private static final long ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int STICKY = 01000;

  private final long self;
  private final long another;

  /**
   * @param self the user of this process
   * @param another a user to be trusted as well; {@code self} for nobody else
   */
  public SafePlace(long self, long another) {
    this.self = self;
    this.another = another;
  }

  /**
   * The nearest directory above a file in which an untrusted user could replace what leads to it.
   *
   * @param place an absolute path; the links on the way to it are looked at by their own paths
   * @return null if there is none
   * @throws IOException if a directory cannot be looked at
   */
  public Path unsafeAbove(Path place) throws IOException {
    for (Path child = place; child.getParent() != null; child = child.getParent()) {
      if (!isSafe(child.getParent(), child)) {
        return child.getParent();
      }
    }
    return null;
  }

  /**
   * The same for a directory and every symbolic link on the way to it.
   *
   * @param directory a path that exists
   * @return null if there is none
   * @throws IOException if a directory cannot be looked at
   */
  public Path unsafeOnWayTo(Path directory) throws IOException {
    for (Path link : SymbolicLinks.on(directory)) {
      Path unsafe = unsafeAbove(link);
      if (unsafe != null) {
        return unsafe;
      }
    }
    return unsafeAbove(directory.toRealPath());
  }

  /** In a sticky directory everybody makes entries, and nobody touches those of another. */
  private boolean isSafe(Path parent, Path child) throws IOException {
    int mode = mode(parent);
    boolean isSticky = (mode & STICKY) != 0 && isOwnOrRoots(child);
    boolean isOwnersAlone = (mode & WRITABLE_BY_OTHERS) == 0;
    return (uid(parent) == another || isOwnOrRoots(parent)) && (isOwnersAlone || isSticky);
  }

  private boolean isOwnOrRoots(Path path) throws IOException {
    long uid = uid(path);
    return uid == self || uid == ROOT || uid == uid(path.getRoot());
  }

  private static long uid(Path path) throws IOException {
    Object uid = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return Integer.toUnsignedLong((Integer) uid);
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }
}
