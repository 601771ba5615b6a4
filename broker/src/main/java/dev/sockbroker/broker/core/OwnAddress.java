package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import java.util.Set;

/**
 * Says so when an address is taken by a socket of this broker's own, which its clients can join.
 */
final class OwnAddress {
  private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "::");

  private OwnAddress() {}

  static void bind(SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    try {
      socket.bind(address);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, address);
    }
  }

  static void listen(SocketTable sockets, Session asker, OwnedSocket socket, int backlog) {
    Address local = socket.connection().local();
    try {
      socket.connection().listen(backlog);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, local);
    }
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
    Address local = other.connection().local();
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
    String where = " by this broker's own socket " + id + " at " + holder.connection().local();
    return holder.name() == null
        ? where + ", which has no name to join it by; to see who holds it: sockbroker show " + id
        : where
            + ": join it by its name, '"
            + holder.name().text()
            + "', or end it first: sockbroker close "
            + holder.name().text();
  }
}
