package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;

/**
 * The pending error of a socket (rule 23). The kernel says an error once; here it is kept until it
 * is cleared.
 */
final class PendingError {
  /** 0 for none. */
  private int errno;

  boolean isAny() {
    return errno != 0;
  }

  /** 0 for none. */
  int errno() {
    return errno;
  }

  /** Replaces what was there. */
  void set(int newest) {
    errno = newest;
  }

  /**
   * Keeps an error of a connection, the first that there is. What the kernel says about a request
   * is not one.
   */
  void keepFirst(int seen) {
    if (errno == 0 && isOfConnection(seen)) {
      errno = seen;
    }
  }

  void clear() {
    errno = 0;
  }

  private static boolean isOfConnection(int errno) {
    return switch (errno) {
      case Errno.ECONNRESET,
          Errno.EPIPE,
          Errno.ETIMEDOUT,
          Errno.EHOSTUNREACH,
          Errno.ENETUNREACH,
          Errno.ENETDOWN,
          Errno.ECONNREFUSED,
          Errno.ECONNABORTED,
          Errno.EPROTO,
          Errno.EACCES ->
          true;
      default -> false;
    };
  }
}
