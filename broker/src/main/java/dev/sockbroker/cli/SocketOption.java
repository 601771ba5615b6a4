package dev.sockbroker.cli;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.OptionSpec;

/** The option {@code --socket} of every command that connects to a broker. */
final class SocketOption {
  private final OptionSpec option;

  private Path path;

  SocketOption() {
    this("the socket of the user's broker, or that of the system's broker.");
  }

  private SocketOption(String usual) {
    option =
        Subcommand.option(
                "--socket",
                "PATH",
                Path.class,
                "The broker's own socket. Default: SOCKBROKER_SOCKET, or " + usual)
            .build();
  }

  /** The option of the command that runs a broker, which does not look for one. */
  static SocketOption toServe() {
    return new SocketOption("the user's own path.");
  }

  OptionSpec option() {
    return option;
  }

  /** The path of the broker. It never changes, because a command can open two connections. */
  Path path() {
    if (path == null) {
      Path given = option.getValue();
      path = given != null ? given : SocketPaths.clientPath();
    }
    return path;
  }

  /** The value of the option, null if it was not given. */
  Path given() {
    return option.getValue();
  }

  /**
   * @param command the client name in the broker's list
   */
  BrokerConnection connect(String command) throws IOException {
    return BrokerConnection.open(path(), "sockbroker " + command);
  }
}
