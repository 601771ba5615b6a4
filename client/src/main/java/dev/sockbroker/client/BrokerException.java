package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/**
 * The broker or the kernel refused a request. The request had no effect.
 *
 * <p>If the JDK has a specific exception for an error, that exception is thrown with this one as
 * its cause: {@link java.net.BindException}, {@link java.net.ConnectException}, {@link
 * java.net.NoRouteToHostException}, {@link java.net.SocketTimeoutException}, {@link
 * java.nio.channels.ClosedChannelException} or {@link java.io.InterruptedIOException}. {@link
 * #errnoOf} finds the errno in both cases.
 */
public sealed class BrokerException extends IOException permits WouldBlockException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * @param errno positive, as in errno(3)
   * @param message a sentence for people
   */
  BrokerException(int errno, String message) {
    super(Errno.name(errno) + (message == null ? "" : ": " + message));
    this.errno = errno;
  }

  /** The error number, as in errno(3). */
  public int errno() {
    return errno;
  }

  /** The error name, for instance {@code EADDRINUSE}. */
  public String errorName() {
    return Errno.name(errno);
  }

  /** Returns the errno behind an exception that this library threw, or 0. */
  public static int errnoOf(Throwable thrown) {
    for (Throwable it = thrown; it != null; it = it.getCause()) {
      if (it instanceof BrokerException refused) {
        return refused.errno();
      }
    }
    return 0;
  }
}
