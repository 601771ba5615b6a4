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
 * What the program shall find as the caller had it, and what the JVM has changed since: noted by
 * the launcher before it started the JVM. Started otherwise, nothing is known of the caller but its
 * standard streams.
 *
 * @param fds open and not close-on-exec
 * @param blocked signals, as /proc/PID/status has them: bit 0 is signal 1
 * @param ignored signals, the same
 */
record Caller(Set<Integer> fds, long blocked, long ignored) {
  private static final String FDS = "sockbroker.caller.fds";
  private static final String BLOCKED = "sockbroker.caller.blocked";
  private static final String IGNORED = "sockbroker.caller.ignored";

  /** The whole {@code LC_ALL=...}, or nothing where there was none. */
  private static final String LOCALE = "sockbroker.caller.locale";

  /** What stands before the name of a variable that this JVM was not to see. */
  private static final String HIDDEN = "SOCKBROKER_CALLER_";

  private static final List<String> JAVA_VARIABLES =
      List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS");

  /** Bash ignores it itself, and the JVM (by -Xrs) leaves it alone: the process says what it is. */
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

  /** Gives the program its LC_ALL again: the launcher gave the JVM one in which it reads UTF-8. */
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

  /** Gives the program its options for Java again: the launcher hid them from this JVM. */
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
