package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;

/**
 * The address on which the broker itself listens. It is closed to clients: a socket that the broker
 * binds there for a client could impersonate the broker, and a socket that it connects there would
 * have the broker's identity. The address is compared by device and inode, so symbolic links, hard
 * links, bind mounts and other spellings are recognized.
 */
final class OwnPath {
  private final FileCalls files;
  private final String address;
  private final int directory;
  private final FileIdentity directoryIdentity;
  private final FileIdentity socketIdentity;

  private OwnPath(FileCalls files, String address, int directory, FileIdentity socketIdentity) {
    this.files = files;
    this.address = address;
    this.directory = directory;
    this.directoryIdentity = directory < 0 ? null : files.identity(directory);
    this.socketIdentity = socketIdentity;
  }

  /**
   * @param address a path at which something listens now, or @ and an abstract name. The directory
   *     stays open, so that its inode cannot be reused
   */
  static OwnPath of(FileCalls files, String address) {
    if (!UnixPath.isFile(address)) {
      return new OwnPath(files, address, -1, null);
    }
    UnixPath path = UnixPath.of(address);
    int directory = files.openDirectory(path.directory());
    if (directory < 0) {
      throw RefusedException.ofCall(directory, "open the directory of " + address);
    }
    return new OwnPath(files, address, directory, files.identity(directory, path.name()));
  }

  void close(SystemCalls calls) {
    if (directory >= 0) {
      calls.close(directory);
    }
  }

  boolean isNamed(String other) {
    return !UnixPath.isFile(address) && address.equals(other);
  }

  boolean isDirectory(FileIdentity other) {
    return directoryIdentity != null && directoryIdentity.isSame(other);
  }

  boolean isSocket(FileIdentity other) {
    return socketIdentity != null && socketIdentity.isSame(other);
  }

  /**
   * Removes a client's new socket from this directory. It can get here if its own directory is
   * replaced by a symbolic link between the check and the bind.
   *
   * @return whether there was such a socket
   */
  boolean removeStray(byte[] name) {
    FileIdentity entry = directory < 0 ? null : files.identity(directory, name);
    return entry != null && BoundPath.isMarked(entry) && files.unlink(directory, name) == 0;
  }

  RefusedException refusal() {
    return new RefusedException(
        Errno.EPERM,
        "the broker's own socket and its directory are closed to clients; use another directory");
  }
}
