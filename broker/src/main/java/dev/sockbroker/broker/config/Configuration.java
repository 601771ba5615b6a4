package dev.sockbroker.broker.config;

import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Quotas;
import dev.sockbroker.broker.policy.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Everything that can be configured: the options of {@code sockbroker serve} and the files. Every
 * option has a default.
 *
 * @param socket where clients connect
 * @param group the name of a group that may also connect, or null. With a group the mode of the
 *     socket's directory is 0750 instead of 0700
 * @param keeps whether the sockets outlive a broker that is killed
 * @param trustGroup whether the group may use the broker's privileges
 * @param metrics where metrics are served
 * @param logLevel a level of Logback: error, warn, info, debug, trace
 * @param logFormat the format of a log line
 * @param watchdogSeconds how long the event loop may hang before the process ends
 */
public record Configuration(
    Path socket,
    String group,
    boolean trustGroup,
    Limits limits,
    Quotas quotas,
    Policy policy,
    AuditSettings audit,
    MetricsSettings metrics,
    String logLevel,
    LogFormat logFormat,
    int watchdogSeconds,
    boolean keeps) {

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

  /** The one limit that a running broker cannot change, because clients were told it. */
  private static final String FRAME_BYTES = "frame-bytes";

  /** Returns which settings of another configuration only apply after the next start. */
  public List<String> needingRestart(Configuration next) {
    List<String> names = new ArrayList<>();
    addIf(names, !socket.equals(next.socket), "socket");
    addIf(names, !Objects.equals(group, next.group), "group");
    addIf(names, trustGroup != next.trustGroup, "trust-group");
    addIf(names, logFormat != next.logFormat, "log-format");
    addIf(names, watchdogSeconds != next.watchdogSeconds, "watchdog");
    addIf(names, keeps != next.keeps, "keep");
    addIf(names, limits.frameBytes() != next.limits.frameBytes(), "limits." + FRAME_BYTES);
    return names.stream().map(it -> it + ": applies after the next start").toList();
  }

  private static void addIf(List<String> names, boolean changed, String name) {
    if (changed) {
      names.add(name);
    }
  }

  /** Returns the limits of another configuration, as far as a running broker can change them. */
  public Limits changeable(Configuration next) {
    return next.limits.with(FRAME_BYTES, limits.frameBytes());
  }
}
