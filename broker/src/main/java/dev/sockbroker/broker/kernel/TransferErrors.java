package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Errno;

/** The meaning of an errno when connecting, accepting, sending or receiving. */
final class TransferErrors {
  private TransferErrors() {}

  static String sentence(int errno) {
    return switch (errno) {
      case Errno.EAGAIN ->
          "it cannot proceed now and must not wait: the socket is non-blocking, or its time is 0,"
              + " or another operation is waiting before it";
      case Errno.EINPROGRESS ->
          "the connection attempt continues; a CONNECT event reports its result";
      case Errno.EALREADY -> "a connection attempt is already in progress";
      case Errno.EISCONN -> "the socket is connected or listening";
      case Errno.ENOTCONN -> "the socket is not connected";
      case Errno.EPIPE -> "the connection is shut down for sending, or the peer has closed it";
      case Errno.ECONNRESET -> "the peer has reset the connection";
      case Errno.ECONNREFUSED -> "nothing listens at the peer's address";
      case Errno.ETIMEDOUT -> "the peer has not answered in time";
      case Errno.EHOSTUNREACH, Errno.ENETUNREACH -> "there is no route to the peer";
      case Errno.EMSGSIZE -> "the datagram is too long for this socket";
      case Errno.EDESTADDRREQ -> "a datagram needs an address while the socket is not connected";
      case Errno.ECANCELED -> "the operation was cancelled, or its descriptor was closed";
      case Errno.EOPNOTSUPP -> "this kind of socket cannot do it";
      case Errno.EAFNOSUPPORT -> "the address is of another family than the socket";
      case Errno.ENAMETOOLONG -> "the path is longer than the 107 bytes of a Unix address";
      case Errno.ELOOP -> CallErrors.LINKS;
      case Errno.ENODEV -> "the address names a network interface that does not exist";
      case Errno.EINVAL ->
          "an argument or the address is not valid for this socket; a path must be absolute";
      case Errno.ENOENT -> "there is no socket at the peer's path";
      case Errno.EACCES ->
          "the broker's user may not write to the peer's path, or the address is a broadcast"
              + " address and SO_BROADCAST is off";
      case Errno.EPERM ->
          "the path is the broker's own or in its directory, which is closed to clients, or a"
              + " packet filter forbids it";
      case Errno.EMFILE -> "the broker has no file descriptor left; raise its LimitNOFILE";
      default -> "the kernel refused it";
    };
  }
}
