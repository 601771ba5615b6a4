package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

final class EndCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec session =
      Subcommand.parameter(
              0, "SESSION", long.class, "The session's number, as 'sessions' shows it.")
          .converters(EndCommand::number)
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addPositional(session);
  private final Terminal terminal;

  EndCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("End a session: close its descriptors and its connection.")
        .description(
            "The client is told who ended it. Administrators can end any session, other users only"
                + " their own.",
            "The client's process keeps running and may connect again.")
        .footer("  sockbroker end 17");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  private static Long number(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "'" + text + "' is not a session number; 'sockbroker sessions' shows them");
    }
  }

  @Override
  public Integer call() throws IOException {
    long id = session.getValue();
    try (BrokerConnection broker = socket.connect("end")) {
      broker.call(new Request.EndSession(id), Reply.Done.class);
    }
    terminal.answer(json, "session " + id + " is ended", out -> out.field("session", id));
    return ExitCode.DONE;
  }
}
