package dev.sockbroker.broker;

import dev.sockbroker.broker.os.KeptMemory;
import dev.sockbroker.text.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Copies a state that has repeatedly crashed its broker, so that the cause can be found. Keeps only
 * the latest copy.
 */
final class SetAside {
  private SetAside() {}

  /**
   * Copies the memory to a file next to another file, unless it needs more than half of the free
   * space there. The directory is often in memory, too.
   *
   * @return what has become of it, as a clause for the log
   */
  static String copy(KeptMemory memory, Path kept) {
    Path copy = kept.resolveSibling(kept.getFileName() + ".failed");
    Path next = kept.resolveSibling(kept.getFileName() + ".failed.new");
    try {
      Files.deleteIfExists(copy);
      Files.deleteIfExists(next);
      memory.copyTo(next, Files.getFileStore(next.getParent()).getUsableSpace() / 2);
      Files.move(next, copy, StandardCopyOption.ATOMIC_MOVE);
      return "a bug report needs %s, a copy of their state with bytes and tokens of clients; remove it then"
          .formatted(copy);
    } catch (IOException e) {
      return "their state could not be copied: " + FileErrors.text(e) + deleted(next);
    }
  }

  private static String deleted(Path file) {
    try {
      Files.deleteIfExists(file);
      return "";
    } catch (IOException e) {
      return "; remove " + file + " (" + FileErrors.text(e) + ")";
    }
  }
}
