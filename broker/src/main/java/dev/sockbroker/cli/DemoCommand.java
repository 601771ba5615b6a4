package dev.sockbroker.cli;

import dev.sockbroker.cli.demo.Demo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "demo",
    header = "Show on real processes what it is for; takes some seconds.",
    description = {
      "Starts a private broker and three workers, and an HTTP client against them. Each line says",
      "what was seen. The exit code is 1 if something was not as promised. Nothing is left behind."
    })
final class DemoCommand implements Callable<Integer> {
  @Mixin HelpOption help;

  private final Terminal terminal;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    PrintStream out = new PrintStream(terminal.bytes(), true, StandardCharsets.UTF_8);
    Demo.run(out, Main.class, socket -> Main.run(terminal, "list", "--socket", socket.toString()));
    return ExitCode.DONE;
  }
}
