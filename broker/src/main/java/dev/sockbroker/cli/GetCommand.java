package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "get",
    header = "Read an option of a socket, as the kernel has it.",
    description = "To read all options that the socket has: sockbroker show ID.",
    footer = {"  sockbroker get web SO_RCVBUF"})
final class GetCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  @Parameters(paramLabel = "ID", description = "A socket: its name, s17, or a descriptor d42.")
  String id;

  @Parameters(
      paramLabel = "OPTION",
      converter = OptionName.Converter.class,
      description = "The kernel's name, or LEVEL:NUMBER (then the value is hexadecimal bytes).")
  OptionName option;

  @Option(names = "--json", description = "One JSON object.")
  boolean json;

  private final Terminal terminal;

  GetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("get")) {
      Reply.Opened own = broker.attach(id);
      Reply.Option reply = broker.call(option.get(own.descriptor()), Reply.Option.class);
      print(terminal, own.socket(), option, reply.value(), json);
    }
    return ExitCode.DONE;
  }

  /** Writes an option's value, for {@code set} too. */
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
