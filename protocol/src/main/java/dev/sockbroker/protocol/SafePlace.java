package dev.sockbroker.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Checks that only trusted users can create, move or replace anything in the directories on the way
 * to a file. Trusted users are root, this user, and one more. The owner of {@code /} counts as
 * root, because root may have no number in a user namespace. Any thread may call any method.
 */
public final class SafePlace {
  private static final long ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int STICKY = 01000;

  private final long self;
  private final long another;

  /**
   * @param self the user of this process
   * @param another a further trusted user, or {@code self} for no other
   */
  public SafePlace(long self, long another) {
    this.self = self;
    this.another = another;
  }

  /**
   * Returns the nearest directory above a file in which an untrusted user could replace a part of
   * the path.
   *
   * @param place an absolute path; links on the way to it are checked separately, by their own
   *     paths
   * @return null if there is no such directory
   * @throws IOException if a directory cannot be examined
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
   * Does the same for a directory and every symbolic link on the way to it.
   *
   * @param directory a path that exists
   * @return null if there is no such directory
   * @throws IOException if a directory cannot be examined
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

  /** In a sticky directory every user can create entries, but only the owner can change them. */
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
