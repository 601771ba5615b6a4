package dev.sockbroker.cli;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every command that talks to a broker has. */
final class SocketOption {
  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The broker's own socket. Default: SOCKBROKER_SOCKET, else the user's.")
  Path socket;

  Path path() {
    return socket != null ? socket : SocketPaths.defaultPath();
  }

  BrokerConnection connect(String command) throws IOException {
    return BrokerConnection.open(path(), "sockbroker " + command);
  }
}
