package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Limits;
import java.nio.file.Path;

/**
 * What {@code sockbroker serve} was told. Every value has a default, so a broker starts without
 * any.
 *
 * @param socket where clients connect
 * @param group the name of a group that may connect too, null for none: the socket's directory is
 *     then 0750 instead of 0700
 * @param logLevel of Logback: error, warn, info, debug, trace
 * @param logFormat how a line looks
 * @param watchdogSeconds how long the event loop may hang before the process ends
 */
public record Configuration(
    Path socket,
    String group,
    Limits limits,
    String logLevel,
    LogFormat logFormat,
    int watchdogSeconds) {

  /** How a log line looks. */
  public enum LogFormat {
    /** {@link #JOURNAL} when stderr is the journal's, else {@link #TEXT}. */
    AUTO,
    /** Time, level, message. */
    TEXT,
    /** The priority as {@code <N>} in front and no time, as sd-daemon(3) has it. */
    JOURNAL,
    /** One JSON object a line. */
    JSON
  }
}
