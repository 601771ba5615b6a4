package dev.sockbroker.agent;

import dev.sockbroker.client.BrokerException;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;

/** Converts the reason why the broker did not connect to an exception of the JDK's sockets. */
final class ConnectFailures {
  private ConnectFailures() {}

  /**
   * Returns a new exception, with the JDK's words where it has some.
   *
   * @param host to which the program connects
   */
  static IOException of(IOException reason, String host) {
    IOException kind =
        reason instanceof UnknownHostException
            ? new UnknownHostException(host)
            : of(BrokerException.errnoOf(reason), reason.getMessage());
    kind.initCause(reason);
    return kind;
  }

  private static SocketException of(int errno, String message) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> new ConnectException("Connection refused");
      case Errno.ETIMEDOUT -> new ConnectException("Connection timed out");
      case Errno.EHOSTUNREACH -> new NoRouteToHostException("No route to host");
      default -> new SocketException(message);
    };
  }
}
