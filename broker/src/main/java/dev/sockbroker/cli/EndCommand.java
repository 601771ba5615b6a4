package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class EndCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec session =
      Subcommand.parameter(0, "SESSION", long.class, "Its number, as 'sessions' shows it.").build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addPositional(session);
  private final Terminal terminal;

  EndCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("End a session: close its descriptors and its connection.")
        .description(
            "Its client is told who ended it. Administrators end any session, other users their"
                + " own.",
            "The process of the session goes on and may connect again.")
        .footer("  sockbroker end 17");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    long id = session.getValue();
    try (BrokerConnection broker = socket.connect("end")) {
      broker.call(new Request.EndSession(id), Reply.Done.class);
    }
    terminal.line("session " + id + " is ended");
    return ExitCode.DONE;
  }
}
