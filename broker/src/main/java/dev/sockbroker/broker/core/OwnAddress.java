package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketType;
import java.util.Objects;
import java.util.Set;

/**
 * Addresses that this broker's own sockets have: says so when one is taken, since clients can join
 * its socket, and keeps users apart where the kernel does not.
 */
final class OwnAddress {
  private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "::");

  private OwnAddress() {}

  static void bind(SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    checkPort(sockets, asker, socket, address);
    try {
      socket.bind(address);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, address);
    }
  }

  static void listen(SocketTable sockets, Session asker, OwnedSocket socket, int backlog) {
    Address local = socket.transport().local();
    checkPort(sockets, asker, socket, local);
    try {
      socket.transport().listen(backlog);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, local);
    }
  }

  /**
   * With SO_REUSEPORT the kernel lets sockets of one user share a port, and each gets its part of
   * the connections. To the kernel all sockets of a broker belong to the broker's user.
   */
  private static void checkPort(
      SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    boolean isFixed = address != null && address.port() != null && address.port() != 0;
    if (!isFixed || !Boolean.TRUE.equals(socket.kernel().getOption("SO_REUSEPORT"))) {
      return;
    }
    for (OwnedSocket other : sockets.sockets().values()) {
      if (hasPort(other, socket, address.port()) && Sight.of(other, asker) != Sight.HOLDERS) {
        throw new RefusedException(Errno.EADDRINUSE, address + " is taken" + by(other, asker));
      }
    }
  }

  /** Connections that were accepted have the listener's port, and take nothing from it. */
  private static boolean hasPort(OwnedSocket other, OwnedSocket socket, int port) {
    TransportState transport = other.transport();
    boolean isConnection = other.kernel().type() == SocketType.STREAM && transport.peer() != null;
    return other.kernel().type() == socket.kernel().type()
        && !isConnection
        && transport.local() != null
        && Objects.equals(transport.local().port(), port);
  }

  private static RefusedException explained(
      RefusedException e, SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    if (e.errno() != Errno.EADDRINUSE || address == null) {
      return e;
    }
    return sockets.sockets().values().stream()
        .filter(other -> other != socket && holds(other, socket, address))
        .findFirst()
        .map(holder -> new RefusedException(e.errno(), address + " is taken" + by(holder, asker)))
        .orElse(e);
  }

  private static boolean holds(OwnedSocket other, OwnedSocket socket, Address address) {
    Address local = other.transport().local();
    if (local == null || other.kernel().type() != socket.kernel().type()) {
      return false;
    } else if (local.path() != null || address.path() != null) {
      return local.equals(address);
    }
    return local.port().equals(address.port())
        && (local.host().equals(address.host())
            || WILDCARDS.contains(local.host())
            || WILDCARDS.contains(address.host()));
  }

  private static String by(OwnedSocket holder, Session asker) {
    if (Sight.of(holder, asker) == Sight.NOTHING) {
      return " by a socket that this broker owns for another user; choose another address";
    }
    String id = "s" + holder.id();
    String where = " by this broker's own socket " + id + " at " + holder.transport().local();
    return holder.name() == null
        ? where + ", which has no name to join it by; to see who holds it: sockbroker show " + id
        : where
            + ": join it by its name, '"
            + holder.name().text()
            + "', or end it first: sockbroker close "
            + holder.name().text();
  }
}
