package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that only one process at a time can lock, by flock(2). The JDK's lock would be lost
 * whenever this process opens and closes the file again (fcntl_locking(2)).
 */
public final class LockFile implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;

  private final SystemCalls calls = new SystemCalls();
  private final FileCalls files = new FileCalls();
  private final byte[] path;
  private final int fd;

  /**
   * Opens the file, and creates it if it does not exist.
   *
   * @throws IOException with the file and the reason in the message
   */
  public LockFile(Path file) throws IOException {
    path = file.toString().getBytes(StandardCharsets.UTF_8);
    fd = files.openOrCreate(path, OWNER_ONLY);
    if (fd < 0) {
      throw failure(file, -fd);
    }
  }

  private LockFile(byte[] path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Takes over a file that another broker has opened and locked. */
  public static LockFile adopt(Path file, int fd) {
    return new LockFile(file.toString().getBytes(StandardCharsets.UTF_8), fd);
  }

  /** The file descriptor, which this object keeps. The lock is held until every copy is closed. */
  public int fd() {
    return fd;
  }

  private static IOException failure(Path file, int errno) {
    return switch (errno) {
      case Errno.ENOENT -> new NoSuchFileException(file.toString());
      case Errno.EACCES -> new AccessDeniedException(file.toString());
      default ->
          new IOException(
              "%s: %s; correct that, or serve at another path: --socket PATH"
                  .formatted(file, reason(errno)));
    };
  }

  private static String reason(int errno) {
    return switch (errno) {
      case Errno.EROFS -> "Read-only file system";
      case Errno.ENOSPC -> "No space left on device";
      default -> Errno.name(errno);
    };
  }

  /** Locks the file without waiting. Returns false if another process holds the lock. */
  public boolean tryLock() {
    return files.tryLock(fd) == 0;
  }

  /** Whether the file is still at its path. */
  public boolean isInPlace() {
    return files.identity(fd).isSame(files.identityAt(path));
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
