package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class ReloadCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec revoke =
      Subcommand.flag(
          "--revoke",
          "Also take away what the new policy forbids: sockets that are open, and connections."
              + " 'sockbroker policy violations' shows them.");
  private final OptionSpec upgrade =
      Subcommand.flag(
          "--upgrade",
          "If the installed version is another one than the broker's, upgrade to it, which reads"
              + " the configuration, too.");
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(revoke)
          .addOption(upgrade)
          .addOption(json);
  private final Terminal terminal;

  ReloadCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Make the broker read its configuration files again.")
        .description(
            "The broker reads and checks everything first. If anything is wrong, it keeps its"
                + " configuration as a whole, and this command shows every error.",
            "Open sockets stay open. Limits and the policy apply to what begins from now on."
                + " Settings that apply only after a restart are named.",
            "Only for root and the broker's own user. SIGHUP does the same, without --revoke.")
        .footer("  sockbroker reload", "  systemctl reload sockbroker");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker =
        BrokerConnection.open(socket.path(), "sockbroker reload", UpgradeCommand.PATIENCE)) {
      if (Subcommand.isGiven(upgrade) && !broker.welcome().broker().equals(Main.version())) {
        return UpgradeCommand.upgrade(broker, terminal, json);
      }
      Reply.Reloaded done =
          broker.call(new Request.Reload(Subcommand.isGiven(revoke)), Reply.Reloaded.class);
      done.errors().forEach(it -> terminal.say(Terminal.printable(it)));
      done.notices().forEach(it -> terminal.say(Terminal.printable(it)));
      terminal.answer(json, summary(done), out -> writeFields(done, out));
      return done.errors().isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
    }
  }

  private String summary(Reply.Reloaded it) {
    if (!it.errors().isEmpty()) {
      return "not reloaded";
    }
    return Subcommand.isGiven(revoke) ? "reloaded, revoked " + it.revoked() : "reloaded";
  }

  private static void writeFields(Reply.Reloaded it, JsonOutput out) throws IOException {
    out.field("reloaded", it.errors().isEmpty());
    out.field("errors", it.errors());
    out.field("notices", it.notices());
    out.field("revoked", it.revoked());
  }
}
