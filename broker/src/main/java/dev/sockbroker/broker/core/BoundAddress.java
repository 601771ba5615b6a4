package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * An internet address to which a socket is bound or will be bound.
 *
 * @param host an IPv4 address even if its mapped form was given ({@code ::ffff:a.b.c.d})
 * @param port never 0
 * @param isSixOnly whether {@code ::} excludes IPv4
 */
record BoundAddress(SocketType type, InetAddress host, int port, boolean isSixOnly) {
  /**
   * Returns null if the address has no port: a path, port 0 or an invalid address. The kernel
   * refuses invalid addresses itself.
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

  /** Whether data sent to one address may reach a socket at the other. */
  boolean overlaps(BoundAddress other) {
    return type == other.type
        && port == other.port
        && (host.equals(other.host) || includes(other) || other.includes(this));
  }

  /** Whether this is a wildcard that includes the other address. */
  private boolean includes(BoundAddress other) {
    boolean isFour = other.host instanceof Inet4Address;
    return host.isAnyLocalAddress()
        && (host instanceof Inet4Address ? isFour : !isFour || !isSixOnly);
  }

  /**
   * Whether this is a multicast address. Its datagrams go to every interested socket, so no socket
   * takes them from another.
   */
  boolean isMulticast() {
    return type == SocketType.DGRAM && host.isMulticastAddress();
  }
}
