package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class GetCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(0, "ID", String.class, "A socket: its name, s17, or a descriptor d42.")
          .build();
  private final PositionalParamSpec option =
      Subcommand.parameter(
              1,
              "OPTION",
              OptionName.class,
              "The kernel's name, or LEVEL:NUMBER (then the value is hexadecimal bytes).")
          .converters(new OptionName.Converter())
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addPositional(id)
          .addPositional(option)
          .addOption(json);
  private final Terminal terminal;

  GetCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Read a socket option from the kernel.")
        .description("To read all options of a socket: sockbroker show ID.")
        .footer("  sockbroker get web SO_RCVBUF");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("get")) {
      OptionName name = option.getValue();
      Reply.Opened own = broker.attach(id.getValue());
      Reply.Option reply = broker.call(name.get(own.descriptor()), Reply.Option.class);
      print(terminal, own.socket(), name, reply.value(), Subcommand.isGiven(json));
    }
    return ExitCode.DONE;
  }

  /** Prints the value of an option. {@code set} uses it too. */
  static void print(Terminal terminal, long socket, OptionName option, Object value, boolean json)
      throws IOException {
    if (!json) {
      terminal.line(OptionValue.format(value));
      return;
    }
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () -> {
            out.socket("socket", socket);
            out.field("option", option);
            out.field("value", value);
          });
    }
  }
}
