package dev.sockbroker.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class HelpCommand implements Subcommand {
  private final PositionalParamSpec name =
      Subcommand.parameter(0, "COMMAND", String.class, "Default: list all commands.")
          .arity("0..1")
          .required(false)
          .build();
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).addPositional(name);

  HelpCommand() {
    spec.usageMessage().header("Show the help of a command.").footer("  sockbroker help open");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    String wanted = name.getValue();
    CommandLine command = wanted == null ? root : root.getSubcommands().get(wanted);
    if (command == null) {
      throw new ParameterException(spec.commandLine(), "there is no command '" + wanted + "'");
    }
    command.usage(command.getOut());
    return ExitCode.DONE;
  }
}
