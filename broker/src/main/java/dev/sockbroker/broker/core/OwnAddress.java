package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import java.util.Objects;

/**
 * Checks new addresses against the broker's own sockets. Reports which of them uses an address,
 * because clients may be able to join it. Separates users where the kernel does not (rule 54).
 */
final class OwnAddress {
  private OwnAddress() {}

  static void bind(SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    checkUsers(sockets, asker, socket, address);
    try {
      socket.bind(address);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, address);
    }
  }

  static void listen(SocketTable sockets, Session asker, OwnedSocket socket, int backlog) {
    Address local = socket.transport().local();
    checkUsers(sockets, asker, socket, local);
    try {
      socket.transport().listen(backlog);
    } catch (RefusedException e) {
      throw explained(e, sockets, asker, socket, local);
    }
  }

  /**
   * Refuses an address that overlaps with one of another user's sockets. With SO_REUSEPORT or
   * SO_REUSEADDR the kernel lets sockets share a port and delivers to one of them. For the kernel,
   * all sockets of a broker belong to the same user. The check ignores whether these options are
   * on, because a holder of a raw fd can change them at any time.
   */
  private static void checkUsers(
      SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    BoundAddress wanted = BoundAddress.of(socket.kernel(), address);
    if (wanted == null || wanted.isMulticast() || asker.isAdministrator()) {
      return;
    }
    for (OwnedSocket other : sockets.sockets().values()) {
      if (isOfOthers(other, asker, socket) && takesFrom(other, wanted)) {
        throw new RefusedException(
            Errno.EADDRINUSE, address + " is taken" + by(other, asker, sockets));
      }
    }
  }

  /**
   * Whether another socket belongs to a different user than the session or this socket. A user may
   * bind a socket that another user has created; then it shares addresses with neither of them.
   */
  private static boolean isOfOthers(OwnedSocket other, Session asker, OwnedSocket socket) {
    return other.makerUid() != asker.identity().uid() || other.makerUid() != socket.makerUid();
  }

  /**
   * Whether a socket could take traffic from an address. Accepted connections have the listener's
   * port but take nothing from it.
   */
  private static boolean takesFrom(OwnedSocket other, BoundAddress wanted) {
    if (other.kernel().type() != wanted.type()) {
      return false;
    }
    Address local = other.transport().local();
    if (local == null || !Objects.equals(local.port(), wanted.port())) {
      return false;
    }
    BoundAddress bound = BoundAddress.of(other.kernel(), local);
    return bound.overlaps(wanted) && !bound.isMulticast() && !other.transport().hasPeer();
  }

  private static RefusedException explained(
      RefusedException e, SocketTable sockets, Session asker, OwnedSocket socket, Address address) {
    if (e.errno() != Errno.EADDRINUSE || address == null) {
      return e;
    }
    return sockets.sockets().values().stream()
        .filter(other -> other != socket && holds(other, socket, address))
        .findFirst()
        .map(
            holder ->
                new RefusedException(e.errno(), address + " is taken" + by(holder, asker, sockets)))
        .orElse(e);
  }

  private static boolean holds(OwnedSocket other, OwnedSocket socket, Address address) {
    Address local = other.transport().local();
    if (local == null || other.kernel().type() != socket.kernel().type()) {
      return false;
    } else if (local.path() != null || address.path() != null) {
      return local.equals(address);
    } else if (!local.port().equals(address.port())) {
      return false;
    }
    BoundAddress wanted = BoundAddress.of(socket.kernel(), address);
    return wanted != null && wanted.overlaps(BoundAddress.of(other.kernel(), local));
  }

  private static String by(OwnedSocket holder, Session asker, SocketTable sockets) {
    if (Sight.of(holder, asker, sockets.policy()) == Sight.NOTHING) {
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
