package dev.sockbroker.cli;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.OptionSpec;

/** What every command that talks to a broker has: {@code --socket}. */
final class SocketOption {
  private final OptionSpec option =
      Subcommand.option(
              "--socket",
              "PATH",
              Path.class,
              "The broker's own socket. Default: SOCKBROKER_SOCKET, else the user's.")
          .build();

  OptionSpec option() {
    return option;
  }

  Path path() {
    Path given = option.getValue();
    return given != null ? given : SocketPaths.defaultPath();
  }

  /**
   * @param command what the broker's list shows as the client
   */
  BrokerConnection connect(String command) throws IOException {
    return BrokerConnection.open(path(), "sockbroker " + command);
  }
}
