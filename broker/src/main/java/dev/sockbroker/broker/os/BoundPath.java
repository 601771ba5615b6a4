package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that binding a Unix socket has made. The kernel leaves it when the socket closes, and
 * then nobody can bind there; so it goes with its socket, unless another has taken the path.
 */
final class BoundPath {
  private static final Logger LOG = LoggerFactory.getLogger(BoundPath.class);

  private final Path path;
  private final Object inode;

  private BoundPath(Path path, Object inode) {
    this.path = path;
    this.inode = inode;
  }

  /** Just bound; null where the name is no file. */
  static BoundPath of(String text) {
    if (text.isEmpty() || text.startsWith("@")) {
      return null;
    }
    try {
      Path path = Path.of(text);
      return new BoundPath(path, inode(path));
    } catch (InvalidPathException e) {
      // The kernel takes any bytes, the JDK those that the locale has.
      LOG.warn("{} will stay when its socket closes: {}", text, e.getReason());
    } catch (IOException e) {
      LOG.warn("{} went as soon as it was bound: {}", text, e.getMessage());
    }
    return null;
  }

  void remove() {
    try {
      if (inode(path).equals(inode)) {
        Files.delete(path);
      }
    } catch (IOException e) {
      LOG.debug("{} is not there to be removed: {}", path, e.getMessage());
    }
  }

  private static Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }
}
