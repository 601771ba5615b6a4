package dev.sockbroker.cli;

import dev.sockbroker.broker.Configuration;
import dev.sockbroker.broker.Configuration.LogFormat;
import dev.sockbroker.broker.Daemon;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    header = "Run the broker, in the foreground, until SIGTERM or Ctrl-C.",
    description = {
      "Needs no configuration. Says on stderr where it listens and that it is ready.",
      "As a systemd service it takes its socket from the .socket unit, if there is one."
    },
    footer = {
      "  sockbroker serve",
      "  sockbroker serve --socket /run/sockbroker/broker.sock --group www-data --limit"
          + " sockets=1000"
    })
final class ServeCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;
  @Spec CommandSpec spec;

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description = "A group that may connect too. Default: only this user, and root.")
  String group;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "error, warn, info, debug or trace. Default: ${DEFAULT-VALUE}.")
  String logLevel;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description = {
        "text, journal (a priority in front), json (one object a line),",
        "auto: journal where stderr is the journal's, else text. Default: ${DEFAULT-VALUE}."
      })
  LogFormat logFormat;

  @Option(
      names = "--limit",
      paramLabel = "NAME=NUMBER",
      description = {
        "How much there may be of what clients can make; can be repeated. Names:",
        "sessions, sockets, descriptors, tokens, session-descriptors, session-tokens,",
        "session-event-objects, session-waiting, session-buffered-bytes, frame-bytes."
      })
  Map<String, Integer> limits = Map.of();

  @Override
  public Integer call() throws InterruptedException {
    if (!List.of("error", "warn", "info", "debug", "trace").contains(logLevel)) {
      throw new ParameterException(
          spec.commandLine(),
          "--log-level " + logLevel + " (expected: error, warn, info, debug, trace)");
    }
    try {
      return new Daemon(
              new Configuration(
                  socket.path(), group, LimitNames.apply(limits), logLevel, logFormat))
          .run();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
