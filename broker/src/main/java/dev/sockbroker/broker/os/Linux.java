package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/** Kernel constants that more than one class needs. x86_64 and aarch64 share them (asm-generic). */
final class Linux {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;

  static final int MSG_OOB = 0x1;
  static final int MSG_PEEK = 0x2;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;

  static final int SOL_IP = 0;
  static final int SOL_SOCKET = 1;
  static final int SO_TYPE = 3;
  static final int SO_ACCEPTCONN = 30;
  static final int SOL_TCP = 6;
  static final int SOL_UDP = 17;
  static final int SOL_IPV6 = 41;

  static final int SO_ERROR = 4;
  static final int SO_OOBINLINE = 10;
  static final int SO_LINGER = 13;
  static final int SO_RCVLOWAT = 18;
  static final int SO_RCVTIMEO = 20;
  static final int SO_SNDTIMEO = 21;
  static final int SO_TIMESTAMPNS = 35;
  static final int SO_PROTOCOL = 38;
  static final int SO_PEERPIDFD = 77;
  static final int TCP_INFO = 11;
  static final int TCP_INQ = 36;
  static final int UDP_GRO = 104;

  static final int F_DUPFD_CLOEXEC = 1030;

  /** The ioctl(2) for the number of bytes that the peer has not received. */
  static final int TIOCOUTQ = 0x5411;

  private Linux() {}

  static int number(Family family) {
    return switch (family) {
      case INET -> AF_INET;
      case INET6 -> AF_INET6;
      case UNIX -> AF_UNIX;
    };
  }

  static int number(SocketType type) {
    return switch (type) {
      case STREAM -> SOCK_STREAM;
      case DGRAM -> SOCK_DGRAM;
    };
  }
}
