package dev.sockbroker.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "version",
    header = "Show the version of this program and of the broker that runs.",
    footer = {"  sockbroker version"})
final class VersionCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  private final Terminal terminal;

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    terminal.line("sockbroker " + Main.version());
    terminal.line("java " + Runtime.version());
    try (BrokerConnection broker = socket.connect("version")) {
      terminal.line("broker " + broker.welcome().broker() + " at " + socket.path());
    } catch (BrokerUnreachableException e) {
      terminal.line("no broker at " + socket.path());
    }
    return ExitCode.DONE;
  }
}
