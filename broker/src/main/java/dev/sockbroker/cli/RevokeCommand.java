package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class RevokeCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(
              0,
              "ID",
              String.class,
              "A descriptor d42 ('list' shows them) or a token t7 ('show' does).")
          .build();
  private final OptionSpec force =
      Subcommand.flag(
          "--force",
          "A descriptor whose raw fd is out (LANE fd) is ended by shutting its socket down;",
          "do so though others hold the socket, too.");
  private final OptionSpec json = Subcommand.flag("--json", "One JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addOption(force)
          .addPositional(id);
  private final Terminal terminal;

  RevokeCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Take a descriptor from its holder, or end a token.")
        .description(
            "The holder of a descriptor is told; its waiting operations end.",
            "A token that was redeemed already cannot be revoked: revoke the descriptor.")
        .footer("  sockbroker revoke d42", "  sockbroker revoke t7");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    String text = id.getValue();
    long descriptor = Ids.parse('d', text);
    if (descriptor < 0 && Ids.parse('t', text) < 0) {
      throw new ParameterException(
          spec.commandLine(), "'" + text + "' is no descriptor (d42) and no token (t7)");
    }
    try (BrokerConnection broker = socket.connect("revoke")) {
      broker.call(
          descriptor >= 0
              ? new Request.RevokeDescriptor(descriptor, Subcommand.isGiven(force))
              : new Request.RevokeToken(text),
          Reply.Done.class);
    }
    terminal.answer(json, text + " is revoked", out -> out.field("revoked", text));
    return ExitCode.DONE;
  }
}
