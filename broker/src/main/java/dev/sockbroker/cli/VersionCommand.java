package dev.sockbroker.cli;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

final class VersionCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option());
  private final Terminal terminal;

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Show the version of this program and of the broker that runs.")
        .footer("  sockbroker version");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    terminal.line("sockbroker " + Main.version());
    terminal.line("java " + Runtime.version());
    try (BrokerConnection broker = socket.connect("version")) {
      terminal.line("broker " + broker.welcome().broker() + " at " + socket.path());
    } catch (BrokerUnreachableException e) {
      terminal.line("no broker at " + socket.path());
    }
    return ExitCode.DONE;
  }
}
