package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.BrokerSocket;
import dev.sockbroker.broker.state.SavedDoor;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SafePlace;
import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Instant;
import java.util.Map;

/**
 * The path at which clients connect, and its permissions. A socket on which something listens is
 * never replaced. A socket of another program is never removed.
 */
final class SocketPath implements AutoCloseable {
  /** S_IFMT and S_IFSOCK (inode(7)). */
  private static final int FILE_TYPE = 0170000;

  private static final int SOCKET = 0140000;

  private final Path path;
  private final String group;
  private PathLock lock;

  /**
   * Device and inode of the file that the broker bound, as text. They cannot be reused while the
   * socket is open.
   */
  private String bound;

  private SocketPath(Path path, String group, PathLock lock) {
    this.path = path;
    this.group = group;
    this.lock = lock;
  }

  Path path() {
    return path;
  }

  /**
   * Creates and checks the directory, takes the lock, and removes the socket of a killed broker.
   *
   * @param group a group that may also connect, or null
   * @throws RefusedException EADDRINUSE if something listens there, EPERM if the directory is not
   *     safe
   */
  static SocketPath claim(Path path, String group) throws IOException {
    Path absolute = path.toAbsolutePath();
    checkLength(absolute);
    checkGroup(absolute, group);
    prepareDirectory(absolute.getParent(), group);
    Path lockFile = lockFile(absolute);
    PathLock lock = PathLock.take(lockFile);
    if (lock == null) {
      throw locked(absolute, PathLock.pid(lockFile));
    }
    try {
      removeDead(absolute);
    } catch (IOException | RefusedException e) {
      lock.close();
      throw e;
    }
    return new SocketPath(absolute, group, lock);
  }

  /** Takes over the path of another broker, with its lock. */
  static SocketPath adopt(SavedDoor saved, String group) {
    Path path = Path.of(saved.address());
    PathLock lock = PathLock.adopt(lockFile(path), saved.lock().number());
    SocketPath adopted = new SocketPath(path, group, lock);
    adopted.bound = saved.file();
    return adopted;
  }

  private static Path lockFile(Path path) {
    return path.resolveSibling(path.getFileName() + ".lock");
  }

  int lockFd() {
    return lock.fd();
  }

  /** Device and inode of the file that the broker bound, as text. */
  String file() {
    return bound;
  }

  /** Writes the pid of this broker into the lock file. */
  void takenOver() throws IOException {
    lock.writePid();
  }

  /**
   * Makes the checks of {@link #claim} that change nothing. A broker may be running at the path.
   *
   * @throws RefusedException if a broker could not listen there
   */
  static void check(Path path, String group) throws IOException {
    Path absolute = path.toAbsolutePath();
    checkLength(absolute);
    checkGroup(absolute, group);
    Path directory = absolute.getParent();
    checkNoLink(directory);
    if (Files.exists(directory)) {
      checkDirectory(directory);
      checkNoOtherFile(absolute);
    } else {
      checkCanMake(directory);
    }
  }

  private static void checkCanMake(Path directory) {
    Path existing = directory.getParent();
    while (Files.notExists(existing)) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new RefusedException(
          Errno.EACCES, "the directory %s cannot be created in %s".formatted(directory, existing));
    }
  }

  private static void checkLength(Path path) {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > SocketPaths.LENGTH_MAX) {
      throw new RefusedException(
          Errno.ENAMETOOLONG,
          ("the path %s has %d bytes, but the path of a socket has at most %d; choose a shorter"
                      + " one with --socket")
                  .formatted(path, length, SocketPaths.LENGTH_MAX)
              + " PATH or "
              + SocketPaths.VARIABLE
              + "=PATH");
    }
  }

  private static RefusedException locked(Path path, String pid) {
    return new RefusedException(
        Errno.EADDRINUSE,
        Files.exists(path)
            ? "a broker is running at " + path + " already, with pid " + pid
            : "a broker is running with pid "
                + pid
                + ", but its path "
                + path
                + " does not exist: it is stopping, or will create the path again soon; to stop it:"
                + " kill "
                + pid);
  }

  private static void removeDead(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    checkNoOtherFile(path);
    BrokerSocket.Owner owner = BrokerSocket.owner(path.toString());
    if (owner != null) {
      throw alive(path, owner.pid());
    }
    Files.deleteIfExists(path);
  }

  /** Checks that nothing is at the path, or a socket. */
  private static void checkNoOtherFile(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & FILE_TYPE) != SOCKET) {
      throw new RefusedException(
          Errno.EEXIST, path + " exists and is not a socket; choose another path");
    }
  }

  private static RefusedException alive(Path path, int pid) {
    String who = pid == 0 ? "a program" : "the program with pid " + pid;
    String find = pid == 0 ? "ss -xlp src " + path : "ps " + pid;
    return new RefusedException(
        Errno.EADDRINUSE,
        who
            + " listens at "
            + path
            + " already (see '"
            + find
            + "'); stop it, or choose another path with --socket");
  }

  /**
   * Binds and listens. Only this user and the group can connect. Checks the directory again,
   * because another user may have replaced it.
   *
   * @return the listener's descriptor
   */
  int listen() throws IOException {
    checkStillOwnDirectory();
    int fd = BrokerSocket.listen(path.toString());
    bound = inode();
    giveTo(path, group, group == null ? "rw-------" : "rw-rw----");
    return fd;
  }

  /**
   * Checks that the directory was not replaced. In a directory of another user the broker could be
   * tricked into changing the mode and group of any file. A missing directory is not created again,
   * because others could replace it before the bind.
   */
  private void checkStillOwnDirectory() throws IOException {
    Path directory = path.getParent();
    if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(
          Errno.ENOENT, "the directory " + directory + " was removed; restart the broker");
    }
    checkNoLink(directory);
    checkDirectory(directory);
  }

  /** The state of the path at the last check. */
  enum State {
    OWN,
    MISSING,
    ANOTHERS
  }

  State state() throws IOException {
    checkStillOwnDirectory();
    String found = inode();
    return found == null ? State.MISSING : found.equals(bound) ? State.OWN : State.ANOTHERS;
  }

  /** Device and inode of the file at the path, or null. */
  private String inode() throws IOException {
    try {
      Map<String, Object> file =
          Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
      // In a format of its own, because another broker, on another JDK, compares it.
      return file.get("dev") + ":" + file.get("ino");
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Updates the times of the path, because cleaners of /tmp remove old files. Creates the lock file
   * again if it is gone.
   */
  void keep() throws IOException {
    touch(path);
    if (lock.isInPlace()) {
      touch(lock.file());
      return;
    }
    PathLock again = PathLock.take(lock.file());
    if (again != null) {
      lock.close();
      lock = again;
    }
  }

  private static void touch(Path file) throws IOException {
    FileTime now = FileTime.from(Instant.now());
    Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(now, now, null);
  }

  /**
   * Removes the path if it still belongs to this broker. To be called while the listener is open,
   * so that the inode cannot be reused.
   */
  void remove() throws IOException {
    if (state() == State.OWN) {
      Files.deleteIfExists(path);
    }
  }

  private static void checkGroup(Path path, String group) throws IOException {
    try {
      if (group != null) {
        path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      }
    } catch (UserPrincipalNotFoundException e) {
      throw new RefusedException(Errno.ENOENT, "there is no group '" + group + "'");
    }
  }

  private static void prepareDirectory(Path directory, String group) throws IOException {
    checkNoLink(directory);
    if (Files.notExists(directory)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      checkWayTo(directory);
      giveTo(directory, group, group == null ? "rwx------" : "rwxr-x---");
    }
    checkDirectory(directory);
  }

  private static void checkNoLink(Path directory) throws IOException {
    if (Files.isSymbolicLink(directory)) {
      throw new RefusedException(
          Errno.EPERM,
          "the directory "
              + directory
              + " is a symbolic link to "
              + Files.readSymbolicLink(directory)
              + ", and its owner can change the target; give the real directory with --socket");
    }
  }

  private static void checkDirectory(Path directory) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!found.isDirectory()
        || ownerOf(directory) != SocketPaths.effectiveUid()
        || found.permissions().contains(PosixFilePermission.OTHERS_WRITE)
        || found.permissions().contains(PosixFilePermission.GROUP_WRITE)) {
      throw new RefusedException(
          Errno.EPERM,
          "the directory "
              + directory
              + " must belong to "
              + self()
              + " and be writable by nobody else; it is "
              + PosixFilePermissions.toString(found.permissions())
              + " of "
              + found.owner()
              + "; choose another with --socket, or, if it is yours: chmod go-w "
              + directory);
    }
    checkWayTo(directory);
  }

  /**
   * Checks every parent directory, because a user who can replace a parent can replace this
   * directory.
   */
  private static void checkWayTo(Path directory) throws IOException {
    long self = SocketPaths.effectiveUid();
    Path unsafe = new SafePlace(self, self).unsafeOnWayTo(directory);
    if (unsafe != null) {
      throw new RefusedException(
          Errno.EPERM,
          ("another user can replace files in %s, and therefore %s: every directory above it must"
                  + " belong to root or %s and be writable by nobody else, or be sticky; choose"
                  + " another path with --socket, or, if it is yours: chmod go-w %s")
              .formatted(unsafe, directory, self(), unsafe));
    }
  }

  /** Compares uids, not names. In many containers the user of this process has no name. */
  private static long ownerOf(Path path) throws IOException {
    Object uid = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return Integer.toUnsignedLong((Integer) uid);
  }

  private static String self() {
    String name = System.getProperty("user.name");
    return name.equals("?") ? Long.toString(SocketPaths.effectiveUid()) : name;
  }

  private static void giveTo(Path path, String group, String mode) throws IOException {
    if (group != null) {
      GroupPrincipal principal =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(principal);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /** Releases the lock, so that another broker can start at the path. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
