package dev.sockbroker.cli;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/** Family and type of a socket in one word, as people say it. */
final class Kind {
  private Kind() {}

  static String of(Family family, SocketType type) {
    boolean stream = type == SocketType.STREAM;
    return switch (family) {
      case INET -> stream ? "tcp" : "udp";
      case INET6 -> stream ? "tcp6" : "udp6";
      case UNIX -> stream ? "unix" : "unix-dgram";
    };
  }
}
