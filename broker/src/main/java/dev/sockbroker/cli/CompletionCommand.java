package dev.sockbroker.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class CompletionCommand implements Subcommand {
  private final OptionSpec fish = Subcommand.flag("--fish", "Write the script for fish.");
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).addOption(fish);
  private final Terminal terminal;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Write the completion script for bash and zsh, or for fish.")
        .footer("  source <(sockbroker completion)", "  sockbroker completion --fish | source");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  private String script(CommandLine root) {
    return Subcommand.isGiven(fish) ? Completion.fish(root) : Completion.bash(root);
  }

  @Override
  public Integer call() throws IOException {
    terminal.out().write(script(spec.root().commandLine()));
    terminal.line("");
    return ExitCode.DONE;
  }
}
