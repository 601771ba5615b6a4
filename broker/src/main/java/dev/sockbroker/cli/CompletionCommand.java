package dev.sockbroker.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    header = "Write the completion script for bash and zsh.",
    footer = {"  source <(sockbroker completion)"})
final class CompletionCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Spec CommandSpec spec;

  private final Terminal terminal;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    terminal.out().write(AutoComplete.bash("sockbroker", spec.root().commandLine()));
    terminal.line("");
    return ExitCode.DONE;
  }
}
