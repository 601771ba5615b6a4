package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;

/**
 * Converts the library's exceptions to those that the JDK's own sockets throw. It also uses the
 * JDK's messages, because some programs check them.
 */
final class JdkExceptions {
  private JdkExceptions() {}

  /** For a call that cannot wait. */
  static SocketException of(IOException thrown) {
    SocketException kind = kind(thrown);
    kind.initCause(thrown);
    return kind;
  }

  /**
   * For a call that waits.
   *
   * @param timedOut the message for a time-out
   */
  static IOException of(IOException thrown, String timedOut) {
    if (!(thrown instanceof SocketTimeoutException)) {
      return of(thrown);
    }
    IOException kind = new SocketTimeoutException(timedOut);
    kind.initCause(thrown);
    return kind;
  }

  /** For a host that nobody knows. The JDK's message is the name. */
  static UnknownHostException ofHost(UnknownHostException thrown, String host) {
    UnknownHostException kind = new UnknownHostException(host);
    kind.initCause(thrown);
    return kind;
  }

  /**
   * For connect, whose errors have exceptions of their own. Some connection pools retry on these.
   */
  static IOException ofConnect(IOException thrown, String timedOut) {
    if (thrown instanceof SocketTimeoutException) {
      return of(thrown, timedOut);
    }
    SocketException kind =
        switch (BrokerException.errnoOf(thrown)) {
          case Errno.ECONNREFUSED -> new ConnectException("Connection refused");
          case Errno.ETIMEDOUT -> new ConnectException("Connection timed out");
          case Errno.EHOSTUNREACH -> new NoRouteToHostException("No route to host");
          default -> null;
        };
    if (kind == null) {
      return of(thrown);
    }
    kind.initCause(thrown);
    return kind;
  }

  private static SocketException kind(IOException thrown) {
    if (thrown instanceof ClosedChannelException) {
      return new SocketException("Socket closed");
    }
    if (thrown instanceof InterruptedIOException) {
      return new SocketException("Closed by interrupt");
    }
    return switch (BrokerException.errnoOf(thrown)) {
      case Errno.ETIMEDOUT -> new SocketException("Connection timed out");
      case Errno.EHOSTUNREACH -> new SocketException("No route to host");
      case Errno.ENETUNREACH -> new SocketException("Network is unreachable");
      case Errno.ECONNRESET -> new SocketException("Connection reset");
      case Errno.EPIPE -> new SocketException("Broken pipe");
      case Errno.EADDRINUSE -> new BindException("Address already in use");
      case Errno.EADDRNOTAVAIL -> new BindException("Cannot assign requested address");
      case Errno.EACCES -> new BindException("Permission denied");
      case Errno.EINVAL -> new SocketException("Invalid argument");
      case Errno.EAFNOSUPPORT -> new SocketException("Address family not supported by protocol");
      default -> new SocketException(thrown.getMessage());
    };
  }
}
