package dev.sockbroker.cli;

import dev.sockbroker.broker.Daemon;
import dev.sockbroker.broker.Privileges;
import dev.sockbroker.broker.config.Configuration;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import dev.sockbroker.broker.config.ConfigurationSource;
import dev.sockbroker.broker.config.InvalidConfigurationException;
import dev.sockbroker.broker.config.Keep;
import dev.sockbroker.broker.config.ServeOptions;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class ServeCommand implements Subcommand {
  private final SocketOption socket = SocketOption.toServe();
  private final OptionSpec config =
      Subcommand.option(
              "--config",
              "FILE",
              Path.class,
              "A configuration file; FILE's directory can also have policy.d/*.toml. Other options"
                  + " override the file. Default: none, and so no policy.")
          .build();
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
              "error, warn, info, debug or trace. Default: info.")
          .build();
  private final OptionSpec logFormat =
      Subcommand.option(
              "--log-format",
              "FORMAT",
              LogFormat.class,
              "text, journal (with a priority prefix), json (one object per line), or auto: journal"
                  + " if stderr is the systemd journal, otherwise text. Default: auto.")
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
              Long.class,
              "End the process if its event loop hangs for this long. Default: 30s.")
          .converters(new DurationConverter())
          .build();
  private final OptionSpec keep =
      Subcommand.option(
              "--keep",
              "HOW",
              String.class,
              "Whether sockets and sessions outlive a broker that is killed, until the next one"
                  + " continues with them: auto (if the machine permits it), or none. Default:"
                  + " auto.")
          .build();
  private final OptionSpec check =
      Subcommand.flag(
          "--check",
          "Only check the options, files, limits, open files and the socket's directory, and exit"
              + " with 0, 1 or 2. A running broker is not affected.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(config)
          .addOption(group)
          .addOption(trustGroup)
          .addOption(logLevel)
          .addOption(logFormat)
          .addOption(limits)
          .addOption(watchdog)
          .addOption(keep)
          .addOption(check);
  private final Terminal terminal;

  ServeCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Run the broker, in the foreground, until SIGTERM or Ctrl-C.")
        .description(
            "Needs no configuration file. Reports on stderr where it listens and when it is ready.",
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
    ConfigurationSource source = new ConfigurationSource(config.getValue(), options());
    Configuration configuration;
    try {
      configuration = source.read();
    } catch (InvalidConfigurationException e) {
      e.errors().forEach(it -> terminal.say(Terminal.printable(it)));
      terminal.say("for help: sockbroker serve --help");
      return ExitCode.USAGE;
    }
    checkGroup(configuration);
    Daemon daemon = new Daemon(source, configuration);
    if (!Subcommand.isGiven(check)) {
      return daemon.run();
    }
    int code = daemon.check();
    if (code == ExitCode.DONE) {
      terminal.line("ok");
    }
    return code;
  }

  private ServeOptions options() {
    Map<String, String> changes = limits.getValue();
    return new ServeOptions(
        socket.given(),
        group.getValue(),
        Subcommand.isGiven(trustGroup) ? true : null,
        changes == null ? Map.of() : changes,
        logLevel.getValue(),
        logFormat.getValue(),
        watchdog.getValue(),
        keeps());
  }

  private Boolean keeps() {
    String how = keep.getValue();
    try {
      return how == null ? null : (Boolean) Keep.of(how);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--keep: " + e.getMessage());
    }
  }

  /** The broker works for its clients with its own privileges, so the clients can use them. */
  private void checkGroup(Configuration configuration) {
    String name = configuration.group();
    if (name != null) {
      checkExists(name);
    }
    String privileges = name == null ? null : Privileges.ofThisProcess();
    if (privileges != null && !configuration.trustGroup()) {
      throw new ParameterException(
          spec.commandLine(),
          ("--group %s: the broker runs %s, and its clients use its privileges: members of this"
               + " group could connect to Unix sockets and set options that they have no permission"
               + " for. Run the broker as a dedicated user, as sockbroker.service does, or add"
               + " --trust-group")
              .formatted(name, privileges));
    }
  }

  private void checkExists(String name) {
    try {
      FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), "--group: there is no group '" + name + "'");
    }
  }
}
