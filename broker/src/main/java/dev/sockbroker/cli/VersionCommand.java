package dev.sockbroker.cli;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class VersionCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addOption(json);
  private final Terminal terminal;

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Show the version of this program and of the running broker.")
        .footer("  sockbroker version");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    String broker = brokerVersion();
    String java = Runtime.version().toString();
    String where =
        " at "
            + Terminal.printable(socket.path().toString())
            + (socket.path().equals(SocketPaths.SYSTEM) ? ", the system's" : "");
    terminal.answer(
        json,
        "sockbroker %s\njava %s\n%s"
            .formatted(
                Main.version(),
                java,
                broker == null ? "no broker" + where : "broker " + broker + where),
        out -> {
          out.field("sockbroker", Main.version());
          out.field("java", java);
          out.field("broker", broker);
          out.field("path", socket.path());
        });
    return ExitCode.DONE;
  }

  /** Null if no broker runs. */
  private String brokerVersion() throws IOException {
    try (BrokerConnection broker = socket.connect("version")) {
      return broker.welcome().broker();
    } catch (BrokerUnreachableException e) {
      return null;
    }
  }
}
