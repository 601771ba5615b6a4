package dev.sockbroker.cli;

import dev.sockbroker.cli.web.Audience;
import dev.sockbroker.cli.web.WebServer;
import java.io.IOException;
import java.net.BindException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class WebCommand implements Subcommand {
  private static final int PORT_MAX = 65_535;

  private final SocketOption socket = new SocketOption();
  private final OptionSpec port =
      Subcommand.option(
              "--port",
              "PORT",
              int.class,
              "The port on 127.0.0.1. Default: ${DEFAULT-VALUE}, which is any free port.")
          .defaultValue("0")
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addOption(port);
  private final Terminal terminal;

  WebCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Serve a page that shows the broker in a browser, until interrupted.")
        .description(
            "Writes the link to the page. The link works once, in one browser, and only on this"
                + " machine. The page shows processes and sockets and who holds what, rates as"
                + " curves, and events as they happen. It changes nothing.",
            "The page shows what this user may see, because the command asks the broker as this"
                + " user. Give the link to nobody who may not see that.")
        .footer("  sockbroker web", "  sockbroker web --port 8888");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int wanted = port.getValue();
    if (wanted < 0 || wanted > PORT_MAX) {
      throw new ParameterException(spec.commandLine(), "--port must be between 0 and " + PORT_MAX);
    }
    Audience audience = new Audience();
    WebWatcher watcher = new WebWatcher(socket, audience);
    try (WebPoller poller = new WebPoller(socket, socket.connect("web"), audience, watcher);
        WebServer server = serve(wanted, audience)) {
      watcher.start();
      terminal.line(server.url());
      terminal.out().flush();
      poller.run();
    }
    return ExitCode.DONE;
  }

  private static WebServer serve(int port, Audience audience) throws IOException {
    try {
      return new WebServer(port, audience);
    } catch (BindException e) {
      throw new IOException("cannot listen at 127.0.0.1:" + port + ": " + e.getMessage(), e);
    }
  }
}
