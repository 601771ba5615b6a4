package dev.sockbroker.protocol;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Finds the symbolic links that the kernel follows when it opens a path, including those in
 * targets.
 */
final class SymbolicLinks {
  /** The kernel's own limit (path_resolution(7)). */
  private static final int LINKS_MAX = 40;

  private final Path path;
  private final List<Path> links = new ArrayList<>();
  private final Deque<Path> names = new ArrayDeque<>();

  /** A real directory. */
  private Path at;

  private SymbolicLinks(Path path) {
    this.path = path;
    follow(path.toAbsolutePath());
  }

  /**
   * @return each link, under the real path of its directory
   */
  static List<Path> on(Path path) throws IOException {
    SymbolicLinks walk = new SymbolicLinks(path);
    while (!walk.names.isEmpty()) {
      walk.step(walk.at.resolve(walk.names.pop()));
    }
    return walk.links;
  }

  private void follow(Path target) {
    at = target.isAbsolute() ? target.getRoot() : at;
    for (int i = target.getNameCount(); i-- > 0; ) {
      names.push(target.getName(i));
    }
  }

  private void step(Path next) throws IOException {
    if (!Files.isSymbolicLink(next)) {
      at = next.normalize();
      return;
    } else if (links.size() == LINKS_MAX) {
      throw new FileSystemLoopException(path.toString());
    }
    links.add(next);
    follow(Files.readSymbolicLink(next));
  }
}
