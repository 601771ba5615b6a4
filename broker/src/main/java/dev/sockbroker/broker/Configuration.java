package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Limits;
import java.nio.file.Path;

/**
 * The options of {@code sockbroker serve}. Every option has a default.
 *
 * @param socket where clients connect
 * @param group the name of a group that may also connect, or null. With a group the mode of the
 *     socket's directory is 0750 instead of 0700
 * @param logLevel a level of Logback: error, warn, info, debug, trace
 * @param logFormat the format of a log line
 * @param watchdogSeconds how long the event loop may hang before the process ends
 */
public record Configuration(
    Path socket,
    String group,
    Limits limits,
    String logLevel,
    LogFormat logFormat,
    int watchdogSeconds) {

  /** The format of a log line. */
  public enum LogFormat {
    /** {@link #JOURNAL} if stderr is connected to the journal, else {@link #TEXT}. */
    AUTO,
    /** Time, level, message. */
    TEXT,
    /** A {@code <N>} priority prefix and no time, as in sd-daemon(3). */
    JOURNAL,
    /** One JSON object per line. */
    JSON
  }
}
