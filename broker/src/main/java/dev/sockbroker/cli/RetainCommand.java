package dev.sockbroker.cli;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class RetainCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(0, "NAME", String.class, "A named socket, or its id s17.").build();
  private final PositionalParamSpec time =
      Subcommand.parameter(
              1,
              "TIME",
              long.class,
              "How long it stays open without a holder: 60s, 5m, 1h, forever; 0s: not at all.")
          .converters(new DurationConverter())
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addPositional(id)
          .addPositional(time);
  private final Terminal terminal;

  RetainCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Change how long a named socket stays open without a holder.")
        .description(
            "If nobody holds the socket, the time starts now. With 0s the socket closes with its"
                + " last holder, or immediately.")
        .footer("  sockbroker retain web 5m");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    long millis = time.getValue();
    try (BrokerConnection broker = socket.connect("retain")) {
      NamedSocket.change(broker, id.getValue(), it -> it.retained(millis)).write(terminal, json);
    }
    return ExitCode.DONE;
  }
}
