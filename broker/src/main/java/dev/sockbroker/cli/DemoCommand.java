package dev.sockbroker.cli;

import dev.sockbroker.demo.Demo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;

final class DemoCommand implements Subcommand {
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
  private final Terminal terminal;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Run a short tour with real worker processes.")
        .description(
            "Starts a private broker, three workers and an HTTP client. Each line reports what was"
                + " observed. The exit code is 1 if a step failed. The demo takes some seconds and"
                + " cleans up.")
        .footer("  sockbroker demo");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    PrintStream out = new PrintStream(terminal.bytes(), true, StandardCharsets.UTF_8);
    Demo.run(
        out,
        text -> Words.wrap(text, terminal.columns(), "    "),
        Main.class,
        socket -> Main.run(terminal, "list", "--socket", socket.toString()));
    return ExitCode.DONE;
  }
}
