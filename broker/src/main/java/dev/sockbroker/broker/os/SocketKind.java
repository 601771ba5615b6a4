package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/**
 * Family, type and protocol of a socket.
 *
 * @param protocol as the kernel reports it, never 0 for an internet socket
 */
record SocketKind(Family family, SocketType type, int protocol) {
  boolean isInet() {
    return family != Family.UNIX;
  }

  boolean isStream() {
    return type == SocketType.STREAM;
  }

  boolean isTcp() {
    return isInet() && isStream();
  }

  boolean isUdp() {
    return isInet() && !isStream();
  }

  @Override
  public String toString() {
    return family + " " + type;
  }
}
