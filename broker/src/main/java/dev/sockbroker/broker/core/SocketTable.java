package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * All sockets, descriptors and names, and what keeps a socket open: a descriptor, a token, a
 * retention (rule 12).
 */
final class SocketTable {
  /** How long a socket that nobody holds may take to send the bytes left in a lane. */
  private static final long DRAIN_MILLIS = 60_000;

  /**
   * The maximum number of connections that one event, such as the end of a session, closes
   * immediately.
   */
  private static final int CLOSED_AT_ONCE = 64;

  private final Environment environment;
  private final Watchers watchers;
  private final TreeMap<Long, OwnedSocket> sockets = new TreeMap<>();
  private final Tally tally = new Tally();
  private final Retries retries;
  private final Changes changes;
  private int closedNow;
  private final Map<Long, Descriptor> descriptors = new HashMap<>();
  private final Map<String, OwnedSocket> names = new HashMap<>();
  private long lastSocket;
  private long lastDescriptor;

  SocketTable(Environment environment, Watchers watchers, Changes changes) {
    this.changes = changes;
    this.environment = environment;
    this.watchers = watchers;
    retries = new Retries(environment.timers());
  }

  /** The policy that is in force. */
  Policy policy() {
    return environment.terms().policy();
  }

  TreeMap<Long, OwnedSocket> sockets() {
    return sockets;
  }

  int descriptorCount() {
    return descriptors.size();
  }

  int nameCount() {
    return names.size();
  }

  /** Returns a descriptor by id, or null. */
  Descriptor descriptor(long id) {
    return descriptors.get(id);
  }

  /** The named sockets. */
  Collection<OwnedSocket> named() {
    return names.values();
  }

  /** Returns a socket by name, or null. */
  OwnedSocket named(String name) {
    return names.get(name);
  }

  /**
   * Returns a socket by an id such as {@code s17} or {@code d42}, or by name. Null if there is
   * none.
   */
  OwnedSocket find(String text) {
    if (isDescriptor(text)) {
      Descriptor descriptor = descriptors.get(Long.parseLong(text.substring(1)));
      return descriptor == null ? null : descriptor.socket;
    }
    return text.matches("s[0-9]{1,18}")
        ? sockets.get(Long.parseLong(text.substring(1)))
        : names.get(text);
  }

  /** Whether a text is the id of a descriptor. */
  static boolean isDescriptor(String text) {
    return text.matches("d[0-9]{1,18}");
  }

  /** Checks that a session may have one more socket with a descriptor (rule 20). */
  static void checkRoom(Session session) {
    checkRoom(session, 1);
  }

  /**
   * @param fds how many the socket needs
   */
  static void checkRoom(Session session, int fds) {
    checkRoomForDescriptor(session);
    session.account().check(Resource.SOCKETS, 1);
    session.account().check(Resource.FILE_DESCRIPTORS, fds);
  }

  /** Says whether {@link #checkRoom(Session, int)} would not refuse. */
  static boolean hasRoom(Session session, int fds) {
    return session.account().hasRoom(Resource.DESCRIPTORS, 1)
        && session.account().hasRoom(Resource.SOCKETS, 1)
        && session.account().hasRoom(Resource.FILE_DESCRIPTORS, fds);
  }

  static void checkRoomForDescriptor(Session session) {
    session.account().check(Resource.DESCRIPTORS, 1);
  }

  /**
   * Creates a socket, which is not yet in the table.
   *
   * @param maker the session that is charged for it as long as it lives
   */
  OwnedSocket make(TransportState transport, Session maker) {
    long now = environment.timers().nanoTime();
    return new OwnedSocket(
        ++lastSocket, transport, maker, environment, tally, retries, changes, now);
  }

  /** Adds a socket. The caller has checked the limits. */
  void add(OwnedSocket socket) {
    sockets.put(socket.id(), socket);
    socket.listed(true);
    socket.account().force(Resource.SOCKETS, 1);
    socket.account().force(Resource.FILE_DESCRIPTORS, 1);
  }

  private void remove(OwnedSocket socket) {
    sockets.remove(socket.id());
    socket.listed(false);
    socket.account().release(Resource.SOCKETS, 1);
    socket.account().release(Resource.FILE_DESCRIPTORS, 1);
  }

  /**
   * Creates a descriptor, with those of the rights that the policy allows. The caller has checked
   * the limits.
   */
  Descriptor hold(OwnedSocket socket, Session session, Set<Right> rights, Origin origin) {
    Descriptor descriptor =
        new Descriptor(
            ++lastDescriptor,
            session,
            socket,
            session.permissions(policy()).limited(rights),
            environment.timers().nanoTime(),
            origin,
            changes);
    add(descriptor);
    socket.retention(null);
    return descriptor;
  }

  private void add(Descriptor descriptor) {
    descriptor.session.account().force(Resource.DESCRIPTORS, 1);
    descriptors.put(descriptor.id, descriptor);
    descriptor.session.descriptors.put(descriptor.id, descriptor);
    descriptor.socket.descriptors.put(descriptor.id, descriptor);
    descriptor.socket.users().addHolder(descriptor.session);
  }

  long lastSocket() {
    return lastSocket;
  }

  long lastDescriptor() {
    return lastDescriptor;
  }

  List<SavedSocket> save(Saving saving) {
    return sockets.values().stream().map(it -> it.save(saving)).toList();
  }

  List<SavedDescriptor> saveDescriptors(Saving saving) {
    return Stream.concat(descriptors.values().stream(), saving.closedDescriptors().stream())
        .map(it -> it.save(saving))
        .toList();
  }

  void restoreIds(SavedBroker saved) {
    lastSocket = saved.lastSocket();
    lastDescriptor = saved.lastDescriptor();
  }

  /** Restores a socket without its descriptors. */
  OwnedSocket restore(SavedSocket saved, Restoring restoring) {
    Session maker = restoring.session(saved.maker());
    TransportState transport =
        TransportState.restore(
            saved.transport(),
            restoring.adopt(saved.transport().kernel()),
            maker.account(),
            restoring);
    OwnedSocket socket =
        new OwnedSocket(
            saved.id(),
            transport,
            maker,
            environment,
            tally,
            retries,
            changes,
            saved.openedNanos());
    add(socket);
    OwnedSocket listener = sockets.get(saved.listener());
    if (listener != null) {
      socket.meter().joins(listener.meter());
    }
    socket.restore(saved);
    if (saved.name() != null) {
      name(socket, SocketName.restore(saved.name()));
    }
    return socket;
  }

  /** Restores a descriptor. A closed one is in no table. */
  Descriptor restore(SavedDescriptor saved, Session session, OwnedSocket socket) {
    Descriptor descriptor = Descriptor.restore(saved, session, socket, changes);
    if (!saved.closed()) {
      add(descriptor);
      socket.exports().restore(descriptor);
    }
    return descriptor;
  }

  /** Restores when a socket that nobody holds closes. To be called when its lanes are restored. */
  void restoreEnd(OwnedSocket socket, SavedSocket saved) {
    if (saved.closing()) {
      closeWhenDrained(socket, saved.retention());
    } else if (saved.retention() != null) {
      socket.retention(environment.timers().at(saved.retention(), () -> expire(socket)));
    }
  }

  Reply.Opened opened(Descriptor descriptor, boolean created) {
    return opened(descriptor, created, null);
  }

  /**
   * @param stream the key of its stream, or null
   */
  Reply.Opened opened(Descriptor descriptor, boolean created, String stream) {
    OwnedSocket socket = descriptor.socket;
    KernelSocket kernel = socket.kernel();
    Registration registration = socket.registration();
    boolean own = registration != null && registration.descriptor() == descriptor;
    return new Reply.Opened(
        descriptor.id,
        socket.id(),
        created,
        kernel.family(),
        kernel.type(),
        kernel.protocol(),
        descriptor.rights,
        socket.transport().local(),
        socket.transport().peer(),
        own ? registration.number() : 0,
        socket.ownerUid(),
        stream,
        null);
  }

  /** Releases one descriptor. The operations and events of others continue. */
  void release(Descriptor descriptor, RefusedException why) {
    OwnedSocket socket = descriptor.socket;
    forget(descriptor);
    socket.remove(descriptor, why);
    happened(Event.What.CLOSED, descriptor, null);
    keepOrClose(socket);
    promote(socket);
    socket.serveWaiting();
  }

  private void forget(Descriptor descriptor) {
    descriptors.remove(descriptor.id);
    descriptor.session.descriptors.remove(descriptor.id);
    descriptor.change().note();
    descriptor.session.account().release(Resource.DESCRIPTORS, 1);
  }

  /** Makes the newest standby the registrant again after a registration has ended (rule 51). */
  void promote(OwnedSocket socket) {
    Registration promoted = socket.registrations().promote();
    if (promoted != null) {
      happened(Event.What.PROMOTED, promoted.descriptor(), "registration " + promoted.number());
    }
  }

  /**
   * Closes a socket if nothing keeps it. Starts its retention if only that keeps it (rules 12, 19).
   */
  void keepOrClose(OwnedSocket socket) {
    if (socket.isHeld()) {
      return;
    }
    long retainMillis = socket.name() == null ? 0 : socket.name().retainMillis();
    if (retainMillis == 0) {
      close(socket);
    } else if (retainMillis > 0) {
      socket.retention(environment.timers().after(retainMillis, () -> expire(socket)));
    }
  }

  private void expire(OwnedSocket socket) {
    tally.expiredRetentions++;
    close(socket);
  }

  /**
   * Returns an accepted connection, which must not have been used, to its listener, where it waits
   * for the next accept. Does nothing and returns false if the listener is gone, no longer listens
   * or has no room.
   */
  boolean giveBack(Descriptor made) {
    OwnedSocket listener = sockets.get(made.socket.listener());
    if (listener == null || !listener.transport().hasRoomToReturn(listener.account())) {
      return false;
    }
    TransportState transport = takeBack(made);
    if (transport == null) {
      return false;
    }
    happened(Event.What.CLOSED, made, "back to s" + listener.id());
    listener.transport().giveBack(transport, listener.account());
    listener.serveWaitingLater();
    return true;
  }

  /**
   * Removes an accepted connection's only descriptor, and returns the connection. Null if something
   * else keeps the socket, so that it cannot move.
   */
  private TransportState takeBack(Descriptor descriptor) {
    OwnedSocket socket = descriptor.socket;
    if (descriptor.isClosed()
        || socket.descriptors.size() > 1
        || socket.exports().isAny()
        || !socket.tokens.isEmpty()
        || socket.name() != null) {
      return null;
    }
    forget(descriptor);
    socket.remove(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
    remove(socket);
    socket.detach();
    return socket.transport();
  }

  /** Names a socket or changes the properties of its name. Null removes the name. */
  void name(OwnedSocket socket, SocketName name) {
    if (name != null) {
      OwnedSocket other = names.get(name.text());
      if (other != null && other != socket) {
        throw new RefusedException(
            Errno.EADDRINUSE,
            "the name '"
                + name.text()
                + "' belongs to uid "
                + other.ownerUid()
                + "; choose another");
      }
    }
    if (socket.name() != null) {
      names.remove(socket.name().text());
    }
    if (name != null) {
      names.put(name.text(), socket);
    }
    socket.name(name);
  }

  Tally tally() {
    return tally;
  }

  void closeAll() {
    while (!sockets.isEmpty()) {
      closeNow(sockets.firstEntry().getValue());
    }
  }

  /**
   * Closes a socket. Bytes left in a lane are sent first, as the kernel does with its own queue.
   */
  private void close(OwnedSocket socket) {
    if (!socket.lanes().isDraining()) {
      closeNow(socket);
      return;
    }
    closeWhenDrained(
        socket, environment.timers().nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS));
  }

  private void closeWhenDrained(OwnedSocket socket, long atTheLatestNanos) {
    socket.lanes().onDrained(() -> keepOrClose(socket));
    socket.retention(environment.timers().at(atTheLatestNanos, () -> closeNow(socket)));
  }

  private void closeNow(OwnedSocket socket) {
    remove(socket);
    if (socket.name() != null) {
      names.remove(socket.name().text());
    }
    release(socket);
    watchers.happened(
        Event.What.SOCKET_CLOSED,
        socket,
        0,
        null,
        socket.name() == null ? null : socket.name().text());
  }

  /**
   * Releases a socket. Ending a connection costs time in the kernel, and a session can hold
   * thousands. So only some are ended immediately, and other clients need not wait for all of them.
   */
  private void release(OwnedSocket socket) {
    if (closedNow == 0) {
      environment.loop().execute(() -> closedNow = 0);
    }
    closedNow++;
    if (closedNow <= CLOSED_AT_ONCE || !socket.canEndLater()) {
      socket.close();
    } else {
      closeSoon(socket);
    }
  }

  private void closeSoon(OwnedSocket socket) {
    socket.detach();
    // The connection still has its fd.
    socket.account().force(Resource.FILE_DESCRIPTORS, 1);
    environment
        .timers()
        .after(
            0,
            () -> {
              socket.account().release(Resource.FILE_DESCRIPTORS, 1);
              socket.close();
            });
  }

  /**
   * Checks whether a descriptor can be taken away. If its raw fd was exported, the socket will be
   * shut down.
   *
   * @param force permits that even if others hold the socket
   */
  static void checkRevocable(Descriptor descriptor, boolean force) {
    OwnedSocket socket = descriptor.socket;
    boolean others = socket.descriptors.size() > 1 || !socket.tokens.isEmpty();
    if (descriptor.isExported() && others && !force) {
      throw new RefusedException(
          Errno.EBUSY,
          "its raw fd was exported, so the socket would be shut down, and others hold it; force"
              + " it");
    }
  }

  /**
   * Takes a descriptor away and tells its holder. Revoking it does not revoke a raw fd that was
   * exported; only a shutdown does, and it affects all holders.
   */
  void revoke(Descriptor descriptor, Session by) {
    if (descriptor.isExported()) {
      descriptor.socket.transport().end();
    }
    descriptor
        .session
        .proxyToFlush()
        .event(0, new Event.Revoked(descriptor.id, by.identity().pid(), by.id()));
    happened(Event.What.REVOKED, descriptor, "by " + by);
    release(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
  }

  void happened(Event.What what, Descriptor descriptor, String detail) {
    watchers.happened(what, descriptor.socket, descriptor.id, descriptor.session, detail);
  }
}
