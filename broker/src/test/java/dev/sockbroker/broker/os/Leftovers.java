package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a {@link Holder} could leave in this process. */
final class Leftovers {
  private Leftovers() {}

  /** All of it, to be compared. */
  static String all() throws IOException {
    return "%d children, %d pidfds, %d pages of code"
        .formatted(ProcessHandle.current().children().count(), pidfds(), pagesOfCode());
  }

  /** How many pidfds this process has open. */
  static long pidfds() {
    long count = 0;
    for (String fd : Path.of("/proc/self/fd").toFile().list()) {
      Path link = Path.of("/proc/self/fd/" + fd);
      try {
        count += Files.readSymbolicLink(link).toString().contains("pidfd") ? 1 : 0;
      } catch (IOException e) {
        // closed meanwhile
        continue;
      }
    }
    return count;
  }

  /** Mappings of code that come from no file. The JVM can also write to its own. */
  private static long pagesOfCode() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1).stream()
        .filter(it -> it.matches(".* r-xp 00000000 00:00 0 *"))
        .count();
  }
}
