package dev.sockbroker.broker.config;

import java.nio.file.Path;

/**
 * Where the audit goes.
 *
 * @param file null for the broker's own log
 * @param off whether nothing is written
 * @param grants whether to record what was allowed, too
 */
public record AuditSettings(Path file, boolean off, boolean grants) {
  /** Refusals go to the broker's log. */
  public static final AuditSettings DEFAULT = new AuditSettings(null, false, false);

  /**
   * @param to {@code log}, {@code off} or an absolute path
   * @throws IllegalArgumentException for anything else
   */
  static AuditSettings of(String to, boolean grants) {
    return switch (to) {
      case "log" -> new AuditSettings(null, false, grants);
      case "off" -> new AuditSettings(null, true, grants);
      default -> {
        if (!to.startsWith("/")) {
          throw new IllegalArgumentException(
              "'" + to + "' (expected: log, off or the absolute path of a file)");
        }
        yield new AuditSettings(Path.of(to), false, grants);
      }
    };
  }
}
