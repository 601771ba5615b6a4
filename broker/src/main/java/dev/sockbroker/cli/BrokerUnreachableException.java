package dev.sockbroker.cli;

import java.io.IOException;
import java.nio.file.Path;

/** No broker answers on the socket, or what answers is none, or it has gone. */
final class BrokerUnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  BrokerUnreachableException(String message, IOException cause) {
    super(message, cause);
  }

  static BrokerUnreachableException absent(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        """
        no broker answers at %s: %s
          to start one:           sockbroker serve
          if it is elsewhere:     --socket PATH, or SOCKBROKER_SOCKET=PATH\
        """
            .formatted(Terminal.printable(socket.toString()), cause.getMessage()),
        cause);
  }

  static BrokerUnreachableException gone(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        "the broker at %s ended the connection: %s"
            .formatted(Terminal.printable(socket.toString()), cause.getMessage()),
        cause);
  }
}
