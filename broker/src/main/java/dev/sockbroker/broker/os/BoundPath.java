package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket.BoundFile;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that binding a Unix socket has created. The kernel does not remove it when the socket
 * closes, and then nobody else can bind there. So the broker removes it together with the socket.
 *
 * <p>A client chooses the path and may own its directories, so the path may later lead elsewhere.
 * The broker therefore never removes by path. It opens the directory before the bind. The inode of
 * the file cannot be reused while the socket is open, so an entry with that device and inode is a
 * link to that file. A user who can replace the file between the check and the removal could remove
 * entries of that directory anyway.
 */
final class BoundPath {
  private static final Logger LOG = LoggerFactory.getLogger(BoundPath.class);

  private static final long OWN_UID = SocketPaths.effectiveUid();

  /**
   * S_ISVTX, which has no meaning for a socket. It marks a file that this bind has created, as
   * opposed to another program at the same time. It is cleared immediately.
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
   * @return null if the file is not where it should be; then it is never removed
   */
  static BoundPath bind(EpollKernel kernel, int socket, String text, Runnable bind) {
    UnixPath path = UnixPath.of(text);
    int directory = kernel.files().openClientsDirectory(path.directory());
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
        LOG.warn(
            "{} was moved or replaced after the bind, so it will not be removed when its socket"
                + " closes",
            text);
        kernel.paths().removeStray(path.name());
        if (!kernel.files().followsLinks()) {
          throw new RefusedException(
              Errno.EACCES,
              text + " was moved or replaced during the bind; the policy forbids that");
        }
      }
      return bound;
    } finally {
      if (bound == null) {
        kernel.calls().close(directory);
      }
    }
  }

  static BoundPath restore(EpollKernel kernel, BoundFile saved) {
    FileIdentity file = new FileIdentity(saved.device(), saved.inode(), saved.mode(), saved.uid());
    return new BoundPath(kernel, saved.directory().number(), saved.name(), file);
  }

  BoundFile save() {
    return new BoundFile(
        new Fd(directory), name, file.device(), file.inode(), file.mode(), file.uid());
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

  /** Whether a bind of this process has just created the file. */
  static boolean isMarked(FileIdentity file) {
    return file.isSocket() && (file.mode() & MARK) != 0 && file.uid() == OWN_UID;
  }

  /**
   * Removes the file, unless another file has replaced it. To be called before the socket closes.
   */
  void remove() {
    if (file.isSame(kernel.files().identity(directory, name))) {
      kernel.files().unlink(directory, name);
    }
    kernel.calls().close(directory);
  }
}
