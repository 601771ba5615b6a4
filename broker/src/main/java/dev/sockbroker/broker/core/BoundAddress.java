package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * An internet address to which a socket is bound, or is about to be bound.
 *
 * @param host an IPv4 address also where its mapped form was given ({@code ::ffff:a.b.c.d})
 * @param port never 0
 * @param isSixOnly whether {@code ::} leaves IPv4 to others
 */
record BoundAddress(SocketType type, InetAddress host, int port, boolean isSixOnly) {
  /**
   * Null if the socket has no port there: a path, port 0, what is no address. What the kernel would
   * refuse need not be refused here.
   */
  static BoundAddress of(KernelSocket socket, Address address) {
    if (address == null || address.port() == null || address.port() == 0) {
      return null;
    }
    InetAddress host = host(address.host());
    return host == null
        ? null
        : new BoundAddress(socket.type(), host, address.port(), isSixOnly(socket));
  }

  private static InetAddress host(String literal) {
    int scope = literal.indexOf('%');
    try {
      return InetAddress.ofLiteral(scope < 0 ? literal : literal.substring(0, scope));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean isSixOnly(KernelSocket socket) {
    return socket.family() == Family.INET6 && Boolean.TRUE.equals(socket.getOption("IPV6_V6ONLY"));
  }

  /** Whether something that is sent to one of them may reach the other. */
  boolean overlaps(BoundAddress other) {
    return type == other.type
        && port == other.port
        && (host.equals(other.host) || includes(other) || other.includes(this));
  }

  /** As a wildcard. */
  private boolean includes(BoundAddress other) {
    boolean isFour = other.host instanceof Inet4Address;
    return host.isAnyLocalAddress()
        && (host instanceof Inet4Address ? isFour : !isFour || !isSixOnly);
  }

  /** Its datagrams go to every socket that wants them, so that nobody takes one from another. */
  boolean isMulticast() {
    return type == SocketType.DGRAM && host.isMulticastAddress();
  }
}
