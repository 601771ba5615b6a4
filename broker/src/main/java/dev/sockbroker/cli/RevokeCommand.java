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
          "Revoke a descriptor with an exported raw fd (LANE fd) by shutting its socket down, even"
              + " if others hold the socket.");
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
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
        .header("Take a descriptor from its holder, or revoke a token.")
        .description(
            "The holder of a descriptor is notified, and its waiting operations end.",
            "A redeemed token cannot be revoked; revoke the descriptor instead.")
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
          spec.commandLine(), "'" + text + "' is neither a descriptor (d42) nor a token (t7)");
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
