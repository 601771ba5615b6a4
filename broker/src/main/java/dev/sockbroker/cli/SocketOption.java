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
              "The broker's own socket. Default: SOCKBROKER_SOCKET, else that of the user's broker,"
                  + " else that of the system's.")
          .build();

  private Path path;

  OptionSpec option() {
    return option;
  }

  /** Where the broker is. It stays the same, for a command can have two connections. */
  Path path() {
    if (path == null) {
      Path given = option.getValue();
      path = given != null ? given : SocketPaths.clientPath();
    }
    return path;
  }

  /** Where a broker that is to start listens. */
  Path pathToServe() {
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
