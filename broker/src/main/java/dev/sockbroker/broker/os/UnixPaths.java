package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.nio.charset.StandardCharsets;

/** Where clients may bind Unix sockets, and what they may connect and send to. Loop thread only. */
final class UnixPaths {
  private final FileCalls files;
  private final SystemCalls calls;

  /** Null until the broker listens. */
  private OwnPath own;

  /** Where the broker tells its service manager how it is; null without one. */
  private OwnPath manager;

  UnixPaths(FileCalls files, SystemCalls calls) {
    this.files = files;
    this.calls = calls;
  }

  /** Where the broker listens from now on; its former directory need not stay open. */
  void own(OwnPath path) {
    if (own != null) {
      own.close(calls);
    }
    own = path;
  }

  void manager(OwnPath path) {
    manager = path;
  }

  /**
   * @throws RefusedException EPERM for the broker's own directory
   */
  void checkDirectory(int directory) {
    if (own != null && own.isDirectory(files.identity(directory))) {
      throw own.refusal();
    }
  }

  void removeStray(byte[] name) {
    if (own != null && own.removeStray(name)) {
      throw own.refusal();
    }
  }

  /**
   * Opens the file that a path leads to, so that it can be connected to by {@link FileCalls#link}:
   * the path may lead elsewhere a moment later.
   *
   * @return its descriptor, or -errno: EPERM for what is the broker's own, and for the service
   *     manager's socket
   */
  int openPeer(String path) {
    int file = files.openFile(path.getBytes(StandardCharsets.UTF_8));
    if (file < 0 || !isClosed(file)) {
      return file;
    }
    calls.close(file);
    return -Errno.EPERM;
  }

  /** Whether an abstract name is the broker's own. */
  boolean isOwnName(String name) {
    return own != null && own.isNamed(name) || manager != null && manager.isNamed(name);
  }

  private boolean isClosed(int file) {
    FileIdentity peer = files.identity(file);
    // The manager would believe that the broker itself says that it hangs, or has ended.
    return manager != null && manager.isSocket(peer)
        || own != null && (own.isSocket(peer) || isInOwnDirectory(file));
  }

  private boolean isInOwnDirectory(int file) {
    byte[] real = files.realPath(file);
    int directory = real == null ? -1 : files.openDirectory(UnixPath.of(real).directory());
    if (directory < 0) {
      return false;
    }
    try {
      return own.isDirectory(files.identity(directory));
    } finally {
      calls.close(directory);
    }
  }
}
