package dev.sockbroker.broker;

import dev.sockbroker.broker.core.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Set;

/**
 * The path at which clients connect, and who may use it. A lock file beside it says that a broker
 * lives there: binding replaces whatever is at the path, so without the lock a second broker would
 * silently take the place of the first.
 */
final class SocketPath implements AutoCloseable {
  /** S_IFMT and S_IFSOCK (inode(7)). */
  private static final int FILE_TYPE = 0170000;

  private static final int SOCKET = 0140000;

  private final Path path;
  private final String group;
  private final Path lockPath;
  private final FileChannel lockFile;

  private SocketPath(Path path, String group, Path lockPath, FileChannel lockFile) {
    this.path = path;
    this.group = group;
    this.lockPath = lockPath;
    this.lockFile = lockFile;
  }

  Path path() {
    return path;
  }

  /**
   * Makes the directory, checks it, and takes the lock.
   *
   * @param group that may connect too, or null
   * @throws RefusedException EADDRINUSE if a broker is running there, EPERM if the directory is not
   *     safe
   */
  static SocketPath claim(Path path, String group) throws IOException {
    Path absolute = path.toAbsolutePath();
    if (absolute.toString().getBytes(StandardCharsets.UTF_8).length > 107) {
      throw new RefusedException(
          Errno.ENAMETOOLONG, "the path " + absolute + " is longer than a socket's 107 bytes");
    }
    checkGroup(absolute, group);
    prepareDirectory(absolute.getParent(), group);
    Path lockPath = absolute.resolveSibling(absolute.getFileName() + ".lock");
    FileChannel file =
        FileChannel.open(
            lockPath,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    FileLock lock = file.tryLock();
    if (lock == null) {
      String pid = Files.readString(lockPath).strip();
      file.close();
      throw new RefusedException(
          Errno.EADDRINUSE,
          Files.exists(absolute)
              ? "a broker is running at " + absolute + " already, with pid " + pid
              : "a broker is running with pid "
                  + pid
                  + ", but its path "
                  + absolute
                  + " was removed: stop it (kill "
                  + pid
                  + ") and start again");
    }
    if (!isFreeOrSocket(absolute)) {
      Files.delete(lockPath);
      file.close();
      throw new RefusedException(
          Errno.EEXIST, absolute + " is there and is no socket; name another path");
    }
    file.truncate(0);
    file.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes()), 0);
    return new SocketPath(absolute, group, lockPath, file);
  }

  /** Binding would replace whatever is there. */
  private static boolean isFreeOrSocket(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & FILE_TYPE) == SOCKET;
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
    String mode = group == null ? "rwx------" : "rwxr-x---";
    if (Files.notExists(directory)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      giveTo(directory, group, mode);
      return;
    }
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
              + found.owner());
    }
  }

  /** By number: where users are numbers only, as in many containers, this process has no name. */
  private static long ownerOf(Path path) throws IOException {
    Object uid = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return Integer.toUnsignedLong((Integer) uid);
  }

  private static String self() {
    String name = System.getProperty("user.name");
    return name.equals("?") ? Long.toString(SocketPaths.effectiveUid()) : name;
  }

  /** The socket was bound: lets its own user and the group connect, and nobody else. */
  void opened() throws IOException {
    giveTo(path, group, group == null ? "rw-------" : "rw-rw----");
  }

  private static void giveTo(Path path, String group, String mode) throws IOException {
    if (group != null) {
      GroupPrincipal principal =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(principal);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /** Removes the path, then the lock: in between nobody else can have bound it. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(lockPath);
    lockFile.close();
  }
}
