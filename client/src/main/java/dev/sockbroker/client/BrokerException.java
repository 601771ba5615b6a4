package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/**
 * The broker refused a request, by the contract's rules or by the kernel's word. Nothing was done.
 *
 * <p>Where the JDK has a kind of its own for an error, that kind is thrown with this as its cause:
 * {@link java.net.BindException}, {@link java.net.ConnectException}, {@link
 * java.net.NoRouteToHostException}, {@link java.net.SocketTimeoutException}, {@link
 * java.nio.channels.ClosedChannelException}, {@link java.io.InterruptedIOException}. {@link
 * #errnoOf} looks at both.
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

  /** The error's number, as in errno(3). */
  public int errno() {
    return errno;
  }

  /** The error's name: {@code EADDRINUSE}. */
  public String errorName() {
    return Errno.name(errno);
  }

  /** The errno behind an exception that this library threw; 0 if there is none. */
  public static int errnoOf(Throwable thrown) {
    for (Throwable it = thrown; it != null; it = it.getCause()) {
      if (it instanceof BrokerException refused) {
        return refused.errno();
      }
    }
    return 0;
  }
}
