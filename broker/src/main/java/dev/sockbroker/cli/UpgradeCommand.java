package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request.Upgrade;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class UpgradeCommand implements Subcommand {
  /** More than the broker takes to start another one, and to give that up. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private final SocketOption socket = new SocketOption();
  private final OptionSpec timeout =
      Subcommand.option(
              "--timeout",
              "TIME",
              long.class,
              "Give the upgrade up if clients had to wait for longer than this, 1ms to 10s."
                  + " Default: ${DEFAULT-VALUE}.")
          .converters(new DurationConverter())
          .defaultValue(Durations.format(Upgrade.PAUSE_MILLIS_DEFAULT))
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(timeout)
          .addOption(json);
  private final Terminal terminal;

  UpgradeCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Replace the running broker by the version that is installed now.")
        .description(
            "The running broker starts the new version with its own options, hands everything over"
                + " to it and ends. Clients notice a short pause and keep their connections,"
                + " sockets, tokens and waiting requests.",
            "If the new broker cannot take over, the running one continues with everything, and"
                + " this command says why.",
            "Only for root and the broker's own user.")
        .footer("  sockbroker upgrade", "  systemctl reload sockbroker");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    long millis = timeout.getValue();
    if (millis < 1 || millis > Upgrade.PAUSE_MILLIS_MAX) {
      throw new ParameterException(spec.commandLine(), "--timeout must be 1ms to 10s");
    }
    try (BrokerConnection broker =
        BrokerConnection.open(socket.path(), "sockbroker upgrade", PATIENCE)) {
      return upgrade(broker, millis, terminal, json);
    }
  }

  /** Upgrades with the default pause, for another command. */
  static Integer upgrade(BrokerConnection broker, Terminal terminal, OptionSpec json)
      throws IOException {
    return upgrade(broker, Upgrade.PAUSE_MILLIS_DEFAULT, terminal, json);
  }

  private static Integer upgrade(
      BrokerConnection broker, long millis, Terminal terminal, OptionSpec json) throws IOException {
    Reply.Upgraded done = broker.call(new Upgrade(millis), Reply.Upgraded.class);
    terminal.answer(json, summary(done), out -> writeFields(done, out));
    return ExitCode.DONE;
  }

  private static String summary(Reply.Upgraded it) {
    return String.format(
        Locale.ROOT,
        "%s -> %s, %,d %s, paused %d ms",
        Terminal.printable(it.from()),
        Terminal.printable(it.to()),
        it.sockets(),
        it.sockets() == 1 ? "socket" : "sockets",
        Math.ceilDiv(it.pauseMicros(), 1000));
  }

  private static void writeFields(Reply.Upgraded it, JsonOutput out) throws IOException {
    out.field("from", it.from());
    out.field("to", it.to());
    out.field("sockets", it.sockets());
    out.field("pauseMicros", it.pauseMicros());
  }
}
