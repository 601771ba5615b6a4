package dev.sockbroker.cli.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The state of the caller that the program must inherit but that the launcher and the JVM change.
 * The launcher records it before it starts the JVM. Without the launcher, only the three standard
 * streams are known.
 *
 * @param fds the caller's open fds that are not close-on-exec
 * @param blocked signals in the format of /proc/PID/status: bit 0 is signal 1
 * @param ignored signals in the same format
 */
record Caller(Set<Integer> fds, long blocked, long ignored) {
  private static final String FDS = "sockbroker.caller.fds";
  private static final String BLOCKED = "sockbroker.caller.blocked";
  private static final String IGNORED = "sockbroker.caller.ignored";

  /** The whole {@code LC_ALL=...} entry, or an empty text if it was not set. */
  private static final String LOCALE = "sockbroker.caller.locale";

  /** The prefix of variables that the launcher hides from this JVM. */
  private static final String HIDDEN = "SOCKBROKER_CALLER_";

  private static final List<String> JAVA_VARIABLES =
      List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS");

  /**
   * Bash ignores SIGQUIT itself, but the JVM leaves it alone (-Xrs). So the process's own status
   * shows whether the caller ignored it.
   */
  private static final long SIGQUIT_BIT = 1 << 2;

  static Caller ofThisProcess() throws IOException {
    Set<Integer> fds = new TreeSet<>();
    for (String fd : System.getProperty(FDS, "0,1,2").split(",")) {
      if (!fd.isEmpty()) {
        fds.add(Integer.valueOf(fd));
      }
    }
    return new Caller(
        fds, signals(BLOCKED), signals(IGNORED) & ~SIGQUIT_BIT | ownSignals("SigIgn:"));
  }

  /**
   * Restores LC_ALL for the program. The launcher set another locale for the JVM, so that it reads
   * UTF-8.
   */
  static void restoreLocale(Variables environment) {
    String entry = System.getProperty(LOCALE);
    if (entry == null) {
      return;
    }
    environment.remove("LC_ALL");
    if (!entry.isEmpty()) {
      environment.set("LC_ALL", entry.substring("LC_ALL=".length()));
    }
  }

  /** Restores the program's Java options. The launcher hid them from this JVM. */
  static void restoreJavaOptions(Variables environment) {
    for (String variable : JAVA_VARIABLES) {
      environment.rename(HIDDEN + variable, variable);
    }
  }

  private static long signals(String property) {
    return Long.parseUnsignedLong(System.getProperty(property, "0"), 16);
  }

  private static long ownSignals(String field) throws IOException {
    byte[] status = Files.readAllBytes(Path.of("/proc/self/status"));
    return Arrays.stream(new String(status, StandardCharsets.UTF_8).split("\n"))
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(field.length()).strip(), 16))
        .findFirst()
        .orElse(0);
  }
}
