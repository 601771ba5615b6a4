package dev.sockbroker.cli;

import java.io.IOException;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

final class CompletionCommand implements Subcommand {
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
  private final Terminal terminal;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Write the completion script for bash and zsh.")
        .footer("  source <(sockbroker completion)");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    terminal.out().write(AutoComplete.bash("sockbroker", spec.root().commandLine()));
    terminal.line("");
    return ExitCode.DONE;
  }
}
