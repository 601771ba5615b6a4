package dev.sockbroker.cli;

import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class AllowCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final PositionalParamSpec id =
      Subcommand.parameter(0, "NAME", String.class, "A named socket, or its id s17.").build();
  private final PositionalParamSpec rights =
      Subcommand.parameter(
              1,
              "RIGHTS",
              String.class,
              "Rights of sessions of the same user that join: all, none, or RECV,SEND,...")
          .arity("0..1")
          .required(false)
          .build();
  private final OptionSpec others =
      Subcommand.option(
              "--others", "RIGHTS", String.class, "Rights of sessions of other users that join.")
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(others)
          .addOption(json)
          .addPositional(id)
          .addPositional(rights);
  private final Terminal terminal;

  AllowCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Change the rights that sessions get when they join a named socket.")
        .description(
            "Rights that are not given stay as they are. Existing descriptors keep their rights; to"
                + " take a descriptor away, use sockbroker revoke.",
            "Administrators (root and the broker's user) are not bound: they always get all"
                + " rights.")
        .footer("  sockbroker allow web RECV,SEND", "  sockbroker allow web --others ACCEPT");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    Set<Right> join = parse(rights.getValue());
    Set<Right> other = parse(others.getValue());
    if (join == null && other == null) {
      throw new ParameterException(spec.commandLine(), "neither RIGHTS nor --others is given");
    }
    try (BrokerConnection broker = socket.connect("allow")) {
      NamedSocket.change(
              broker,
              id.getValue(),
              it ->
                  it.allowing(
                      join == null ? it.joinRights() : join,
                      other == null ? it.otherRights() : other))
          .write(terminal, json);
    }
    return ExitCode.DONE;
  }

  private Set<Right> parse(String text) {
    try {
      return text == null ? null : RightsText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
