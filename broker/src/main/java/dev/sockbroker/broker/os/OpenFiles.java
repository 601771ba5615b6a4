package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How many file descriptors this process may have, and has. */
public final class OpenFiles {
  private OpenFiles() {}

  /** RLIMIT_NOFILE, the soft limit, which the JVM raises to the hard one at its start. */
  public static int limit() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/limits"));
    for (String line : lines) {
      if (line.startsWith("Max open files")) {
        String soft = line.substring("Max open files".length()).strip().split("\\s+")[0];
        return soft.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(soft);
      }
    }
    throw new IOException("/proc/self/limits does not tell the open files");
  }
}
