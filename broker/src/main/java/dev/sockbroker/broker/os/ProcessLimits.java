package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The resource limits of this process, as {@code /proc/self/limits} shows them. */
final class ProcessLimits {
  private static final Path FILE = Path.of("/proc/self/limits");

  private ProcessLimits() {}

  /**
   * The soft limit.
   *
   * @param name as in the file, such as {@code Max open files}
   */
  static int soft(String name) throws IOException {
    for (String line : Files.readAllLines(FILE)) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).strip().split("\\s+")[0];
        return soft.equals("unlimited")
            ? Integer.MAX_VALUE
            : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(soft));
      }
    }
    throw new IOException(FILE + " has no line that starts with '" + name + "'");
  }
}
