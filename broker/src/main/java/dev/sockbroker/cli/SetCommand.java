package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "set",
    header = "Set an option of a socket, for all its holders.",
    description = {
      "Writes the value that the kernel made of it, which may be another:",
      "Linux doubles SO_RCVBUF, for one."
    },
    footer = {"  sockbroker set web SO_RCVBUF 65536", "  sockbroker set s17 TCP_NODELAY on"})
final class SetCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  @Parameters(paramLabel = "ID", description = "A socket: its name, s17, or a descriptor d42.")
  String id;

  @Parameters(
      paramLabel = "OPTION",
      converter = OptionName.Converter.class,
      description = "The kernel's name, or LEVEL:NUMBER (then the value is hexadecimal bytes).")
  OptionName option;

  @Parameters(
      paramLabel = "VALUE",
      description = "A number, on or off, a text, or JSON as 'get' shows it.")
  String value;

  @Option(names = "--json", description = "One JSON object.")
  boolean json;

  private final Terminal terminal;

  SetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    // bytes of an option by number may look like a number
    Object parsed = option.name() == null ? value : OptionValue.parse(value);
    try (BrokerConnection broker = socket.connect("set")) {
      Reply.Opened own = broker.attach(id);
      Reply.Option reply = broker.call(option.set(own.descriptor(), parsed), Reply.Option.class);
      GetCommand.print(terminal, own.socket(), option, reply.value(), json);
    }
    return ExitCode.DONE;
  }
}
