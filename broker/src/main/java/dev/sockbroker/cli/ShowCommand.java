package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class ShowCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(0, "ID", String.class, "A socket: its name, s17, or a descriptor d42.")
          .build();
  private final OptionSpec ofBroker = Subcommand.flag("--broker", "Show the broker's own counts.");
  private final OptionSpec json =
      Subcommand.flag("--json", "Write one JSON object with exact numbers.");
  private final OptionSpec wide =
      Subcommand.flag("--wide", "Show all columns of the holders, even on a narrow terminal.");
  private final ArgGroupSpec idOrBroker =
      ArgGroupSpec.builder().exclusive(true).multiplicity("1").addArg(id).addArg(ofBroker).build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addOption(wide)
          .addArgGroup(idOrBroker);
  private final Terminal terminal;

  ShowCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Show everything about a socket, or about the broker.")
        .description(
            "State, addresses, registration and standbys, holders, outstanding tokens, every"
                + " option.")
        .footer(
            "  sockbroker show web", "  sockbroker show d42 --json", "  sockbroker show --broker");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("show")) {
      if (Subcommand.isGiven(ofBroker)) {
        showBroker(broker);
      } else {
        showSocket(broker);
      }
    }
    return ExitCode.DONE;
  }

  private void showSocket(BrokerConnection broker) throws IOException {
    Reply.Shown shown = broker.show(id.getValue());
    Processes processes = Processes.seenBy(broker.welcome().pid());
    if (Subcommand.isGiven(json)) {
      SocketDetails.writeJson(shown, holders(broker, shown), processes, terminal);
    } else {
      new SocketDetails(terminal)
          .write(shown, holders(broker, shown), processes, Subcommand.isGiven(wide));
    }
  }

  /** All holders: those in the reply, or else as many pages of the list as necessary. */
  private static List<DescriptorInfo> holders(BrokerConnection broker, Reply.Shown shown)
      throws IOException {
    if (shown.moreHolders() == 0) {
      return shown.holders() == null ? List.of() : shown.holders();
    }
    return DescriptorPages.ofSocket(broker, shown.socket()).rest();
  }

  private void showBroker(BrokerConnection broker) throws IOException {
    Reply.BrokerInfo info = broker.call(new Request.ShowBroker(), Reply.BrokerInfo.class);
    if (Subcommand.isGiven(json)) {
      BrokerDetails.writeJson(info, terminal);
    } else {
      BrokerDetails.write(info, terminal);
    }
  }
}
