package dev.sockbroker.text;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/** The family and type of a socket in one word. */
public final class Kind {
  private Kind() {}

  public static String of(Family family, SocketType type) {
    boolean stream = type == SocketType.STREAM;
    return switch (family) {
      case INET -> stream ? "tcp" : "udp";
      case INET6 -> stream ? "tcp6" : "udp6";
      case UNIX -> stream ? "unix" : "unix-dgram";
    };
  }
}
