package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.SocketPaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that binding a Unix socket has made. The kernel leaves it when the socket closes, and
 * then nobody can bind there; so it goes with its socket.
 *
 * <p>A client chooses the path, and may own the directories on it, so nothing is removed by that
 * path: it may lead elsewhere by then. The directory is open from before the bind. The open socket
 * keeps its file's inode, so an entry with that device and inode is a link to that very file.
 * Whoever can put another file there between the look and the removal can remove entries of that
 * directory himself.
 */
final class BoundPath {
  private static final Logger LOG = LoggerFactory.getLogger(BoundPath.class);

  private static final long OWN_UID = SocketPaths.effectiveUid();

  /**
   * S_ISVTX, which says nothing about a socket: a file that has it was made by this bind, and not
   * by another program at the same time. It is taken off at once.
   */
  private static final int MARK = 01000;

  private static final int PERMISSIONS = 0777;

  private final EpollKernel kernel;
  private final int directory;
  private final byte[] name;
  private final FileIdentity file;

  private BoundPath(EpollKernel kernel, int directory, byte[] name, FileIdentity file) {
    this.kernel = kernel;
    this.directory = directory;
    this.name = name;
    this.file = file;
  }

  /**
   * Binds a socket to a file.
   *
   * @param bind bind(2)
   * @return null if the file is not where it should be; then it stays
   */
  static BoundPath bind(EpollKernel kernel, int socket, String text, Runnable bind) {
    UnixPath path = UnixPath.of(text);
    int directory = kernel.files().openDirectory(path.directory());
    if (directory < 0) {
      throw RefusedException.ofCall(directory, "bind to " + text);
    }
    BoundPath bound = null;
    try {
      kernel.paths().checkDirectory(directory);
      kernel.files().modeOfSocket(socket, PERMISSIONS | MARK);
      bind.run();
      bound = find(kernel, directory, path.name());
      if (bound == null) {
        LOG.warn("{} is not where it was bound, so it will stay when its socket closes", text);
        kernel.paths().removeStray(path.name());
      }
      return bound;
    } finally {
      if (bound == null) {
        kernel.calls().close(directory);
      }
    }
  }

  private static BoundPath find(EpollKernel kernel, int directory, byte[] name) {
    int file = kernel.files().openEntry(directory, name);
    if (file < 0) {
      return null;
    }
    try {
      FileIdentity found = kernel.files().identity(file);
      if (found == null || !isMarked(found)) {
        return null;
      }
      kernel.files().modeOfFile(file, found.mode() & PERMISSIONS);
      return new BoundPath(kernel, directory, name, found);
    } finally {
      kernel.calls().close(file);
    }
  }

  /** Whether a bind of this process has just made it. */
  static boolean isMarked(FileIdentity file) {
    return file.isSocket() && (file.mode() & MARK) != 0 && file.uid() == OWN_UID;
  }

  /** Removes the file, unless another one has its place. To be called before the socket closes. */
  void remove() {
    if (file.isSame(kernel.files().identity(directory, name))) {
      kernel.files().unlink(directory, name);
    }
    kernel.calls().close(directory);
  }
}
