package dev.sockbroker.broker;

import dev.sockbroker.broker.os.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file beside the broker's path that has its pid, and whose lock keeps two brokers from
 * starting there at the same time. Somebody may remove it while the broker runs: whether a broker
 * is there is then known by connecting to it.
 */
final class PathLock implements AutoCloseable {
  private final Path file;
  private final LockFile lock;

  private PathLock(Path file, LockFile lock) {
    this.file = file;
    this.lock = lock;
  }

  /**
   * @return null if another process has it; {@link #pid} says which
   */
  static PathLock take(Path file) throws IOException {
    while (true) {
      LockFile lock = new LockFile(file);
      if (!lock.tryLock()) {
        lock.close();
        return null;
      }
      if (lock.isInPlace()) {
        Files.writeString(file, ProcessHandle.current().pid() + "\n");
        return new PathLock(file, lock);
      }
      // A broker that ended has removed the file between the open and the lock.
      lock.close();
    }
  }

  Path file() {
    return file;
  }

  boolean isInPlace() {
    return lock.isInPlace();
  }

  /** Who wrote it. */
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
