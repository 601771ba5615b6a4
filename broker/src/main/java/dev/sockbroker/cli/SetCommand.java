package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class SetCommand implements Subcommand {
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
  private final PositionalParamSpec value =
      Subcommand.parameter(
              2,
              "VALUE",
              String.class,
              "A number (byte counts also as 64K, 1M), on or off, a text, or JSON as 'get' writes"
                  + " it.")
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addPositional(id)
          .addPositional(option)
          .addPositional(value)
          .addOption(json);
  private final Terminal terminal;

  SetCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Set an option of a socket, for all its holders.")
        .description(
            "Writes the resulting value, which can differ from the given one:",
            "Linux doubles SO_RCVBUF, for example.")
        .footer("  sockbroker set web SO_RCVBUF 64K", "  sockbroker set s17 TCP_NODELAY on");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    OptionName name = option.getValue();
    Object parsed = parsedValue(name);
    try (BrokerConnection broker = socket.connect("set")) {
      Reply.Opened own = broker.attach(id.getValue());
      Reply.Option reply = broker.call(name.set(own.descriptor(), parsed), Reply.Option.class);
      GetCommand.print(terminal, own.socket(), name, reply.value(), Subcommand.isGiven(json));
    }
    return ExitCode.DONE;
  }

  private Object parsedValue(OptionName name) {
    String text = value.getValue();
    try {
      // the bytes of an option by number may look like a number
      return name.name() == null ? text : OptionValue.parse(name.name(), text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
