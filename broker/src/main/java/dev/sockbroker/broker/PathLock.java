package dev.sockbroker.broker;

import dev.sockbroker.broker.os.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The lock file next to the broker's path. It contains the broker's pid, and its lock prevents two
 * brokers from starting there at the same time. If somebody removes it while the broker runs,
 * connecting to the path still shows that a broker is there.
 */
final class PathLock implements AutoCloseable {
  private final Path file;
  private final LockFile lock;

  private PathLock(Path file, LockFile lock) {
    this.file = file;
    this.lock = lock;
  }

  /**
   * @return the lock, or null if another process holds it; {@link #pid} returns that process
   */
  static PathLock take(Path file) throws IOException {
    while (true) {
      LockFile lock = new LockFile(file);
      if (!lock.tryLock()) {
        lock.close();
        return null;
      }
      if (lock.isInPlace()) {
        PathLock taken = new PathLock(file, lock);
        taken.writePid();
        return taken;
      }
      // Another broker ended and removed the file between our open and lock.
      lock.close();
    }
  }

  /** Takes over the lock that another broker holds. */
  static PathLock adopt(Path file, int fd) {
    return new PathLock(file, LockFile.adopt(file, fd));
  }

  int fd() {
    return lock.fd();
  }

  /** Writes the pid of this process into the file, if the locked file is still at the path. */
  void writePid() throws IOException {
    if (lock.isInPlace()) {
      Files.writeString(file, ProcessHandle.current().pid() + "\n");
    }
  }

  Path file() {
    return file;
  }

  boolean isInPlace() {
    return lock.isInPlace();
  }

  /** The pid in the file, as text. */
  static String pid(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  @Override
  public void close() throws IOException {
    if (lock.isInPlace()) {
      Files.delete(file);
    }
    lock.close();
  }
}
