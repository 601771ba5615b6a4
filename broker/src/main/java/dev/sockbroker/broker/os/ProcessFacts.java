package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What /proc reports about a process.
 *
 * @param name its name (comm), at most 15 bytes
 * @param startTicks when it was started, in clock ticks since the machine has booted. A later
 *     process with the same pid has another value
 * @param uid its effective user
 */
record ProcessFacts(String name, long startTicks, long uid) {
  /** Counted from the field after the name, which is the third of proc_pid_stat(5). */
  private static final int START_TIME = 22 - 3;

  private static final String UID = "Uid:";

  /**
   * Reads the facts. They are those of one process only if it has not ended in the meantime.
   *
   * @throws IOException if there is no such process
   */
  static ProcessFacts of(long pid) throws IOException {
    Path process = Path.of("/proc/" + pid);
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    // The name can contain parentheses and spaces.
    int nameEnd = stat.lastIndexOf(')');
    String[] fields = stat.substring(nameEnd + 2).split(" ");
    return new ProcessFacts(
        stat.substring(stat.indexOf('(') + 1, nameEnd),
        Long.parseLong(fields[START_TIME]),
        effectiveUser(process));
  }

  /** Whether a process has ended and its parent has not noticed. */
  static boolean isZombie(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    return "ZX".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0;
  }

  private static long effectiveUser(Path process) throws IOException {
    for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1)) {
      if (line.startsWith(UID)) {
        return Long.parseLong(line.substring(UID.length()).strip().split("\\s+")[1]);
      }
    }
    throw new IOException(process + "/status has no line that starts with " + UID);
  }
}
