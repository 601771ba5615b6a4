package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    header = "Show all about one socket, or about the broker.",
    description = "State, addresses, registration, holders, outstanding tokens and every option.",
    footer = {
      "  sockbroker show web",
      "  sockbroker show d42 --json",
      "  sockbroker show --broker"
    })
final class ShowCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  @ArgGroup(multiplicity = "1")
  Subject subject;

  /** One of the two. */
  static final class Subject {
    @Parameters(paramLabel = "ID", description = "A socket: its name, s17, or a descriptor d42.")
    String id;

    @Option(names = "--broker", description = "The broker's own counts.")
    boolean broker;
  }

  @Option(names = "--json", description = "One JSON object with exact numbers.")
  boolean json;

  private final Terminal terminal;

  ShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("show")) {
      if (subject.broker) {
        showBroker(broker);
      } else {
        showSocket(broker);
      }
    }
    return ExitCode.DONE;
  }

  private void showSocket(BrokerConnection broker) throws IOException {
    Reply.Shown shown = broker.call(new Request.Show(subject.id), Reply.Shown.class);
    Processes processes = Processes.seenBy(broker.welcome().pid());
    if (json) {
      SocketDetails.writeJson(shown, processes, terminal);
    } else {
      new SocketDetails(terminal).write(shown, processes);
    }
  }

  private void showBroker(BrokerConnection broker) throws IOException {
    Reply.BrokerInfo info = broker.call(new Request.ShowBroker(), Reply.BrokerInfo.class);
    if (json) {
      BrokerDetails.writeJson(info, terminal);
    } else {
      BrokerDetails.write(info, terminal);
    }
  }
}
