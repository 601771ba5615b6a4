package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;

/**
 * Where the broker itself listens, which is closed to its clients: a socket that the broker bound
 * there for a client could pass as the broker, and one that it connected there would come with the
 * broker's own identity. The place is known by device and inode, so symbolic and hard links, bind
 * mounts and other spellings of it are the same place.
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
   * @param address a path at which something listens now, or an abstract name behind an @. The
   *     directory stays open, so that its inode is nobody else's.
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
   * Takes a client's new socket away from here. It can come here if its directory becomes a
   * symbolic link between the look at it and the bind.
   *
   * @return whether there was one
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
