package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class CloseCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(0, "ID", String.class, "A socket: its name, or s17.").build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addPositional(id);
  private final Terminal terminal;

  CloseCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Remove a socket's name and its retention.")
        .description(
            "The socket closes when it has no holder and no outstanding token.",
            "A socket that 'sockbroker open' opened and nobody joined closes immediately.",
            "To take a socket from its holders, use sockbroker revoke.")
        .footer("  sockbroker close web");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    String text = id.getValue();
    if (Ids.parse('d', text) >= 0) {
      throw new ParameterException(
          spec.commandLine(),
          text + " belongs to another process; to take it away: sockbroker revoke " + text);
    }
    try (BrokerConnection broker = socket.connect("close")) {
      Reply.Opened own = broker.attach(text);
      broker.call(Request.Name.none(own.descriptor()), Reply.Done.class);
      Reply.Shown left = broker.call(new Request.Show(Ids.socket(own.socket())), Reply.Shown.class);
      broker.call(new Request.Close(own.descriptor()), Reply.Done.class);
      answer(left, own);
    }
    return ExitCode.DONE;
  }

  private void answer(Reply.Shown left, Reply.Opened own) throws IOException {
    List<Reply.DescriptorInfo> all = left.holders() == null ? List.of() : left.holders();
    long holders =
        all.stream().filter(it -> it.id() != own.descriptor()).count() + left.moreHolders();
    long tokens = (left.tokens() == null ? 0 : left.tokens().size()) + left.moreTokens();
    terminal.answer(
        json,
        Ids.socket(own.socket()) + " " + outcome(holders, tokens),
        out -> {
          out.socket("socket", own.socket());
          out.field("closed", holders + tokens == 0);
          out.field("descriptors", holders);
          out.field("tokens", tokens);
        });
  }

  private static String outcome(long holders, long tokens) {
    if (holders == 0 && tokens == 0) {
      return "is closed";
    }
    return "has no name now; still held by "
        + String.join(" and ", counts(holders, tokens))
        + ", and closes with the last";
  }

  private static List<String> counts(long holders, long tokens) {
    if (tokens == 0) {
      return List.of(count(holders, "descriptor"));
    }
    return holders == 0
        ? List.of(count(tokens, "token"))
        : List.of(count(holders, "descriptor"), count(tokens, "token"));
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
