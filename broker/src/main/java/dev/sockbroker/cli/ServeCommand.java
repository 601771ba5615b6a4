package dev.sockbroker.cli;

import dev.sockbroker.broker.Configuration;
import dev.sockbroker.broker.Configuration.LogFormat;
import dev.sockbroker.broker.Daemon;
import dev.sockbroker.broker.Privileges;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class ServeCommand implements Subcommand {
  private static final List<String> LOG_LEVELS = List.of("error", "warn", "info", "debug", "trace");

  private final SocketOption socket = SocketOption.toServe();
  private final OptionSpec group =
      Subcommand.option(
              "--group",
              "GROUP",
              String.class,
              "A group whose members may connect, too. Default: only this user and root. Refused if"
                  + " the broker runs as root or with capabilities, unless --trust-group is given.")
          .build();
  private final OptionSpec trustGroup =
      Subcommand.flag(
          "--trust-group",
          "Let the members of the group use the broker's privileges. If it runs as root, for"
              + " example, they can connect to every Unix socket and set every option.");
  private final OptionSpec logLevel =
      Subcommand.option(
              "--log-level",
              "LEVEL",
              String.class,
              "error, warn, info, debug or trace. Default: ${DEFAULT-VALUE}.")
          .defaultValue("info")
          .build();
  private final OptionSpec logFormat =
      Subcommand.option(
              "--log-format",
              "FORMAT",
              LogFormat.class,
              "text, journal (with a priority prefix), json (one object per line), or auto: journal"
                  + " if stderr is the systemd journal, otherwise text. Default: ${DEFAULT-VALUE}.")
          .defaultValue("auto")
          .build();
  private final OptionSpec limits =
      Subcommand.option(
              "--limit",
              "NAME=NUMBER",
              Map.class,
              "Limit what clients can create. Can be repeated. Byte limits accept a unit: 64M.")
          .auxiliaryTypes(String.class, String.class)
          .build();
  private final OptionSpec watchdog =
      Subcommand.option(
              "--watchdog",
              "TIME",
              long.class,
              "End the process if its event loop hangs for this long. Default: 30s.")
          .converters(new Durations())
          .defaultValue("30s")
          .build();
  private final OptionSpec check =
      Subcommand.flag(
          "--check",
          "Only check the options, limits, open files and the socket's directory, and exit with 0,"
              + " 1 or 2. A running broker is not affected.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(group)
          .addOption(trustGroup)
          .addOption(logLevel)
          .addOption(logFormat)
          .addOption(limits)
          .addOption(watchdog)
          .addOption(check);
  private final Terminal terminal;

  ServeCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Run the broker, in the foreground, until SIGTERM or Ctrl-C.")
        .description(
            "Needs no configuration. Reports on stderr where it listens and when it is ready.",
            "As a systemd service it takes its socket from the .socket unit, if there is one.",
            "",
            "Limits per broker: sessions, sockets, descriptors, tokens, event-objects, waiting,"
                + " buffered-bytes, ring-bytes, stream-bytes, watchers, file-descriptors, threads.",
            "Per user (default: half of the broker's): user-sessions, user-sockets,"
                + " user-descriptors, user-tokens, user-event-objects, user-waiting,"
                + " user-buffered-bytes, user-ring-bytes, user-stream-bytes, user-watchers,"
                + " user-file-descriptors, user-threads.",
            "Per session: session-descriptors, session-tokens, session-event-objects,"
                + " session-waiting, session-buffered-bytes, session-ring-bytes,"
                + " session-stream-bytes, session-threads.",
            "Other limits: frame-bytes, stream-prefetch-bytes, token-expiry-seconds.")
        .footer("  sockbroker serve", "  sockbroker serve --group www-data --limit sockets=1000");
  }

  static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put(" " + ExitCode.DONE, "stopped cleanly");
    codes.put(" " + ExitCode.REFUSED, "could not start");
    codes.put(" " + ExitCode.USAGE, "wrong usage");
    codes.put(" 3", "the JVM's heap is full");
    codes.put("70", "an internal error, or the event loop hung");
    return codes;
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Daemon daemon = new Daemon(configuration());
    if (!Subcommand.isGiven(check)) {
      return daemon.run();
    }
    int code = daemon.check();
    if (code == ExitCode.DONE) {
      terminal.line("ok");
    }
    return code;
  }

  private Configuration configuration() {
    String level = logLevel.getValue();
    if (!LOG_LEVELS.contains(level)) {
      throw new ParameterException(
          spec.commandLine(), "--log-level " + level + " (expected: one of " + LOG_LEVELS + ")");
    }
    checkGroup();
    return new Configuration(
        socket.pathToServe(),
        group.getValue(),
        changedLimits(),
        level,
        logFormat.getValue(),
        watchdogSeconds());
  }

  private int watchdogSeconds() {
    long millis = watchdog.getValue();
    if (millis == Request.FOREVER) {
      return Integer.MAX_VALUE;
    } else if (millis < 1000) {
      throw new ParameterException(
          spec.commandLine(), "--watchdog " + millis + "ms (expected: 1s or more)");
    }
    return (int) Math.min(millis / 1000, Integer.MAX_VALUE);
  }

  /** The broker works for its clients with its own privileges, so the clients can use them. */
  private void checkGroup() {
    if (group.getValue() != null) {
      checkExists(group.getValue());
    }
    String privileges = group.getValue() == null ? null : Privileges.ofThisProcess();
    if (privileges != null && !Subcommand.isGiven(trustGroup)) {
      throw new ParameterException(
          spec.commandLine(),
          ("--group %s: the broker runs %s, and its clients use its privileges: members of this"
               + " group could connect to Unix sockets and set options that they have no permission"
               + " for. Run the broker as a dedicated user, as sockbroker.service does, or add"
               + " --trust-group")
              .formatted(group.getValue(), privileges));
    }
  }

  private void checkExists(String name) {
    try {
      FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), "--group: there is no group '" + name + "'");
    }
  }

  private Limits changedLimits() {
    Map<String, String> changes = limits.getValue();
    try {
      return changes == null ? Limits.DEFAULT : LimitNames.apply(changes);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
