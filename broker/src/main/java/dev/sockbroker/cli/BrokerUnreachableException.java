package dev.sockbroker.cli;

import dev.sockbroker.protocol.BrokerPeer;
import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** No broker answers at the path, another program listens there, or the connection was lost. */
final class BrokerUnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  BrokerUnreachableException(String message, IOException cause) {
    super(message, cause);
  }

  static BrokerUnreachableException absent(Path socket, IOException cause) {
    int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > SocketPaths.LENGTH_MAX) {
      return tooLong(socket, length, cause);
    }
    if ("Permission denied".equals(cause.getMessage())) {
      return forbidden(socket, cause);
    }
    return new BrokerUnreachableException(
        """
        no broker answers at %s: %s%s
          to start one:           %s serve
          if it is elsewhere:     --socket PATH, or SOCKBROKER_SOCKET=PATH\
        """
            .formatted(
                Terminal.printable(socket.toString()),
                cause.getMessage(),
                systemsToo(socket),
                System.getProperty("sockbroker.launcher", "sockbroker")),
        cause);
  }

  /** If the user's own broker was not there, the system's broker was tried too. */
  private static String systemsToo(Path socket) {
    return socket.equals(SocketPaths.defaultPath())
            && System.getenv(SocketPaths.VARIABLE) == null
            && !socket.equals(SocketPaths.SYSTEM)
        ? "; the system's broker, %s, is not there or does not admit this user"
            .formatted(SocketPaths.SYSTEM)
        : "";
  }

  private static BrokerUnreachableException forbidden(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        """
        the broker's socket %1$s may not be used: %2$s
          who may connect:        its own user, root, and the group that 'serve --group' names
          to see who that is:     ls -ld %3$s %1$s\
        """
            .formatted(
                Terminal.printable(socket.toString()),
                cause.getMessage(),
                Terminal.printable(String.valueOf(socket.toAbsolutePath().getParent()))),
        cause);
  }

  /** Throws if the process that listens is not trusted. Nothing has been sent to it yet. */
  static void checkPeer(Path socket, SocketChannel channel) throws BrokerUnreachableException {
    try {
      BrokerPeer.check(socket, channel);
    } catch (IOException e) {
      throw new BrokerUnreachableException(Terminal.printable(e.getMessage()), e);
    }
  }

  static BrokerUnreachableException silent(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        "the broker at %s does not answer; is it stopped?%s"
            .formatted(Terminal.printable(socket.toString()), pid(socket)),
        cause);
  }

  /** Reads the pid from the broker's lock file, which only the broker's user and root can read. */
  private static String pid(Path socket) {
    try {
      String pid = Files.readString(Path.of(socket + ".lock")).strip();
      return pid.matches("[0-9]{1,10}") ? " (pid " + pid + ")" : "";
    } catch (IOException e) {
      return ""; // the message is complete without the pid
    }
  }

  /** The broker did not answer the hello. */
  static BrokerUnreachableException noBroker(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        """
        what listens at %1$s is not a broker, or is stopping: %2$s
          to see what it is:      ss -xlp src %1$s
          if it is elsewhere:     --socket PATH, or SOCKBROKER_SOCKET=PATH\
        """
            .formatted(Terminal.printable(socket.toString()), cause.getMessage()),
        cause);
  }

  private static BrokerUnreachableException tooLong(Path socket, int length, IOException cause) {
    return new BrokerUnreachableException(
        """
        the path %s has %d bytes, and a socket's has at most %d
          to name a shorter one:  --socket PATH, or SOCKBROKER_SOCKET=PATH\
        """
            .formatted(Terminal.printable(socket.toString()), length, SocketPaths.LENGTH_MAX),
        cause);
  }

  static BrokerUnreachableException gone(Path socket, IOException cause) {
    return new BrokerUnreachableException(
        "the broker at %s ended the connection: %s"
            .formatted(Terminal.printable(socket.toString()), cause.getMessage()),
        cause);
  }
}
