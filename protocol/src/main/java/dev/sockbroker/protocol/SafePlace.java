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
  private static final int WRITABLE_BY_GROUP = 0020;
  private static final int WRITABLE_BY_OTHERS = 0002;
  private static final int STICKY = 01000;

  private final long self;
  private final long another;
  private final boolean trustsRootsGroup;

  /**
   * @param self the user of this process
   * @param another a further trusted user, or {@code self} for no other
   */
  public SafePlace(long self, long another) {
    this(self, another, false);
  }

  private SafePlace(long self, long another, boolean trustsRootsGroup) {
    this.self = self;
    this.another = another;
    this.trustsRootsGroup = trustsRootsGroup;
  }

  /** Returns the same check, for which the members of root's group are trusted as well. */
  public SafePlace trustingRootsGroup() {
    return new SafePlace(self, another, true);
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
    boolean isOfTheTrusted = (mode & WRITABLE_BY_OTHERS) == 0 && !isOfAGroup(parent, mode);
    return (uid(parent) == another || isOwnOrRoots(parent)) && (isOfTheTrusted || isSticky);
  }

  /** Whether an untrusted group can write a directory. */
  private boolean isOfAGroup(Path directory, int mode) throws IOException {
    return (mode & WRITABLE_BY_GROUP) != 0
        && !(trustsRootsGroup && attribute(directory, "unix:gid") == ROOT);
  }

  private boolean isOwnOrRoots(Path path) throws IOException {
    long uid = uid(path);
    return uid == self || uid == ROOT || uid == uid(path.getRoot());
  }

  private static long uid(Path path) throws IOException {
    return Integer.toUnsignedLong(attribute(path, "unix:uid"));
  }

  private static int mode(Path path) throws IOException {
    return attribute(path, "unix:mode");
  }

  private static int attribute(Path path, String name) throws IOException {
    return (Integer) Files.getAttribute(path, name, LinkOption.NOFOLLOW_LINKS);
  }
}
