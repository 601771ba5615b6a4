package dev.sockbroker.broker.upgrade;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.protocol.Errno;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a new broker can take over, and what an old one needs. It travels as lines of {@code
 * name=value}. Unknown names are ignored, so that later versions can add some.
 *
 * @param version of the program
 * @param stateOldest the oldest version of the state that it reads
 * @param state the newest version of the state that it reads, and the one that it writes
 * @param openFiles how many file descriptors it may have, or has
 * @param limits of what clients can create, by name
 */
record Offer(
    String version, int stateOldest, int state, int openFiles, Map<String, Integer> limits) {
  private static final String VERSION = "version";
  private static final String STATE_OLDEST = "state-oldest";
  private static final String STATE = "state";
  private static final String OPEN_FILES = "open-files";
  private static final String LIMIT = "limit.";

  /**
   * What the new broker has open in addition. The files of the old JVM are counted, and the new one
   * has as many.
   */
  private static final int MORE_FILES = 16;

  static Offer of(String version, int openFiles, Map<String, Integer> limits) {
    return new Offer(version, StateFormat.OLDEST, StateFormat.VERSION, openFiles, limits);
  }

  String text() {
    Map<String, Object> lines = new LinkedHashMap<>();
    lines.put(VERSION, version);
    lines.put(STATE_OLDEST, stateOldest);
    lines.put(STATE, state);
    lines.put(OPEN_FILES, openFiles);
    limits.forEach((name, value) -> lines.put(LIMIT + name, value));
    return lines.entrySet().stream()
        .map(line -> line.getKey() + "=" + line.getValue())
        .collect(Collectors.joining("\n"));
  }

  /**
   * @throws RefusedException ECANCELED if it is not an offer
   */
  static Offer parse(String text) {
    Map<String, String> lines = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      String[] parts = line.split("=", 2);
      lines.put(parts[0], parts.length == 2 ? parts[1] : "");
    }
    try {
      Map<String, Integer> limits = new LinkedHashMap<>();
      lines.forEach(
          (name, value) -> {
            if (name.startsWith(LIMIT)) {
              limits.put(name.substring(LIMIT.length()), Integer.valueOf(value));
            }
          });
      return new Offer(
          lines.getOrDefault(VERSION, "?"),
          Integer.parseInt(lines.get(STATE_OLDEST)),
          Integer.parseInt(lines.get(STATE)),
          Integer.parseInt(lines.get(OPEN_FILES)),
          limits);
    } catch (NumberFormatException e) {
      throw refused("the new broker says something unknown: " + text);
    }
  }

  /**
   * Checks that a new broker can take over what this one needs. Nothing has happened yet.
   *
   * @throws RefusedException ECANCELED with the reason (rule 61)
   */
  void check(Offer other) {
    if (state < other.stateOldest || state > other.state) {
      throw refused(
          "the state of %s has version %d, and %s reads versions %d to %d"
              .formatted(version, state, other.version, other.stateOldest, other.state));
    } else if (other.openFiles < openFiles + MORE_FILES) {
      throw refused(
          "the new broker may have %d open files (ulimit -n), and needs %d"
              .formatted(other.openFiles, openFiles + MORE_FILES));
    }
    // Clients were told their limits when they connected (rule 65).
    limits.forEach(
        (name, value) -> {
          if (other.limits.getOrDefault(name, value) < value) {
            throw refused(
                "the limit %s of the new broker is %d, and was %d; a lower limit needs a restart"
                    .formatted(name, other.limits.get(name), value));
          }
        });
  }

  static RefusedException refused(String why) {
    return new RefusedException(Errno.ECANCELED, why);
  }
}
