package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/**
 * What a socket was made as.
 *
 * @param protocol as the kernel says it, never 0 for an internet socket
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
