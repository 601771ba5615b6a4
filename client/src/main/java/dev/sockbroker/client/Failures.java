package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/** Converts an error reply to the exception that Java programs expect. */
final class Failures {
  private Failures() {}

  /**
   * @param closed whether this client has closed the descriptor in the meantime
   */
  static IOException of(Request request, Reply.Error error, boolean closed) {
    BrokerException refused = refused(error);
    IOException kind = kind(request, error, closed, refused.getMessage());
    if (kind == null) {
      return refused;
    }
    kind.initCause(refused);
    return kind;
  }

  /** The error that a ring reports about its connection. */
  static IOException ofConnection(int errno) {
    Reply.Error error =
        new Reply.Error(Errno.name(errno), errno, "the connection has ended or failed", false);
    return of(new Request.Ping(), error, false);
  }

  /** The caller was interrupted, and the broker ended the wait before anything was taken. */
  static IOException interrupted(Reply.Error error) {
    IOException failure = new InterruptedIOException("interrupted while waiting");
    failure.initCause(refused(error));
    return failure;
  }

  private static BrokerException refused(Reply.Error error) {
    boolean wouldBlock = error.errno() == Errno.EAGAIN || error.errno() == Errno.EINPROGRESS;
    return wouldBlock
        ? new WouldBlockException(error.errno(), error.message())
        : new BrokerException(error.errno(), error.message());
  }

  private static IOException kind(
      Request request, Reply.Error error, boolean closed, String message) {
    if (error.timedOut()) {
      return new SocketTimeoutException(message);
    }
    return switch (error.errno()) {
      case Errno.EBADF -> closed ? new ClosedChannelException() : null;
      case Errno.ECANCELED -> closed ? new AsynchronousCloseException() : null;
      case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL -> new BindException(message);
      case Errno.EHOSTUNREACH, Errno.ENETUNREACH -> new NoRouteToHostException(message);
      case Errno.ECONNREFUSED ->
          connects(request) ? new ConnectException(message) : new PortUnreachableException(message);
      case Errno.ETIMEDOUT -> connects(request) ? new ConnectException(message) : null;
      case Errno.ENOENT -> namesHost(request) ? new UnknownHostException(message) : null;
      default -> null;
    };
  }

  private static boolean connects(Request request) {
    return request instanceof Request.Connect
        || request instanceof Request.Open open && open.connect() != null;
  }

  /** Whether the broker looks up a host, so that ENOENT is about it and not about a path. */
  private static boolean namesHost(Request request) {
    return request instanceof Request.Connect connect && connect.address().host() != null
        || request instanceof Request.Open open && open.connect() != null;
  }
}
