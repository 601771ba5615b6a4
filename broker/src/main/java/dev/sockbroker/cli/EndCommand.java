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
      Subcommand.parameter(0, "SESSION", long.class, "Its number, as 'sessions' shows it.")
          .converters(EndCommand::number)
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "One JSON object.");
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
            "Its client is told who ended it. Administrators end any session, other users their"
                + " own.",
            "The process of the session goes on and may connect again.")
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
          "'" + text + "' is no number of a session; 'sockbroker sessions' shows them");
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
