package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Errno;

/** Why the kernel refuses a system call, and what an operator can do about it. */
final class CallErrors {
  /** For a path of a client. */
  static final String LINKS =
      "the path leads through a symbolic link, which the broker does not follow under a policy, or"
          + " through a circle of them; write the real path, as realpath(1) shows it";

  private CallErrors() {}

  static String reason(int errno) {
    return switch (errno) {
      case Errno.EACCES ->
          "the broker has no permission; a port below 1024 needs CAP_NET_BIND_SERVICE, a path needs"
              + " write permission, a broadcast address needs SO_BROADCAST";
      case Errno.EADDRINUSE -> "the address is taken; to see who has it: ss -anp";
      case Errno.EADDRNOTAVAIL -> "this machine does not have the address";
      case Errno.EAFNOSUPPORT ->
          "the kernel does not support this address family, or the socket has another one";
      case Errno.EINVAL -> "the socket's state or the value does not allow it";
      case Errno.EMFILE -> "the broker has no file descriptor left; raise its LimitNOFILE";
      case Errno.ENFILE -> "the system has no file descriptor left; raise fs.file-max";
      case Errno.ELOOP -> LINKS;
      case Errno.ENOENT ->
          "something that it names does not exist: the directory of a path, a device, a congestion"
              + " control";
      case Errno.ENOTCONN -> "the socket is not connected";
      case Errno.EOPNOTSUPP -> "this kind of socket cannot do it";
      case Errno.EPERM -> "the broker lacks the capability for it";
      case Errno.EPROTONOSUPPORT -> "the kernel does not support this protocol for this type";
      default -> "the kernel said " + Errno.name(errno);
    };
  }
}
