package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.nio.charset.StandardCharsets;

/**
 * Decides where clients may bind Unix sockets, and where they may connect or send to. Loop thread
 * only.
 */
final class UnixPaths {
  private final FileCalls files;
  private final SystemCalls calls;

  /** Null until the broker listens. */
  private OwnPath own;

  /** The address of the service manager's socket; null without a service manager. */
  private OwnPath manager;

  UnixPaths(FileCalls files, SystemCalls calls) {
    this.files = files;
    this.calls = calls;
  }

  /** Sets where the broker listens, and closes the former directory. */
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
   * Opens the file at a path. The caller connects to it by {@link FileCalls#link}, because the path
   * may lead elsewhere a moment later.
   *
   * @return the descriptor, or -errno: -EPERM for the broker's own addresses and the service
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

  /** Whether an abstract name belongs to the broker. */
  boolean isOwnName(String name) {
    return own != null && own.isNamed(name) || manager != null && manager.isNamed(name);
  }

  private boolean isClosed(int file) {
    FileIdentity peer = files.identity(file);
    // A client could otherwise report to the manager, in the broker's name, that the broker hangs
    // or has ended.
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
