package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;

/**
 * The pending error of a socket (rule 23). The kernel reports an error once. This class keeps it
 * until it is cleared.
 */
final class PendingError {
  /** The error, or 0. */
  private int errno;

  boolean isAny() {
    return errno != 0;
  }

  /** The error, or 0. */
  int errno() {
    return errno;
  }

  /** Replaces the error. */
  void set(int newest) {
    errno = newest;
  }

  /** Keeps the first error of a connection. Errors that only concern a request are ignored. */
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
