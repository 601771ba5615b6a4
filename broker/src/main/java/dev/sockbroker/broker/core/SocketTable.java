package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * All sockets, descriptors and names, and what keeps a socket open: a descriptor, a token, a
 * retention (rule 12).
 */
final class SocketTable {
  /** How long a socket that nobody holds may take to send what a ring has left. */
  private static final long DRAIN_MILLIS = 60_000;

  /** Connections that one event, such as the end of a session, closes at once. */
  private static final int CLOSED_AT_ONCE = 64;

  private final Environment environment;
  private final Watchers watchers;
  private final TreeMap<Long, OwnedSocket> sockets = new TreeMap<>();
  private final Tally tally = new Tally();
  private final Retries retries;
  private int closedNow;
  private final Map<Long, Descriptor> descriptors = new HashMap<>();
  private final Map<String, OwnedSocket> names = new HashMap<>();
  private long lastSocket;
  private long lastDescriptor;

  SocketTable(Environment environment, Watchers watchers) {
    this.environment = environment;
    this.watchers = watchers;
    retries = new Retries(environment.timers());
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

  /** Null if there is none. */
  Descriptor descriptor(long id) {
    return descriptors.get(id);
  }

  /** Null if there is none. */
  OwnedSocket named(String name) {
    return names.get(name);
  }

  /**
   * The socket of an id as people write it, {@code s17} or {@code d42}, or of a name; null if there
   * is none.
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

  /** Whether people would read it as a descriptor's id. */
  static boolean isDescriptor(String text) {
    return text.matches("d[0-9]{1,18}");
  }

  /** Whether a session may have one more descriptor of one more socket (rule 20). */
  static void checkRoom(Session session) {
    checkRoomForDescriptor(session);
    session.account().check(Resource.SOCKETS, 1);
    session.account().check(Resource.FILE_DESCRIPTORS, 1);
  }

  static void checkRoomForDescriptor(Session session) {
    session.account().check(Resource.DESCRIPTORS, 1);
  }

  /**
   * Takes a socket over; the table does not have it yet.
   *
   * @param maker is charged for it as long as it lives
   */
  OwnedSocket make(TransportState transport, Session maker) {
    return new OwnedSocket(++lastSocket, transport, maker, environment, tally, retries);
  }

  /** There is room for it. */
  void add(OwnedSocket socket) {
    sockets.put(socket.id(), socket);
    socket.account().force(Resource.SOCKETS, 1);
    socket.account().force(Resource.FILE_DESCRIPTORS, 1);
  }

  private void remove(OwnedSocket socket) {
    sockets.remove(socket.id());
    socket.account().release(Resource.SOCKETS, 1);
    socket.account().release(Resource.FILE_DESCRIPTORS, 1);
  }

  /** There is room for it. */
  Descriptor hold(OwnedSocket socket, Session session, Set<Right> rights) {
    Descriptor descriptor =
        new Descriptor(++lastDescriptor, session, socket, rights, environment.timers().nanoTime());
    session.account().force(Resource.DESCRIPTORS, 1);
    descriptors.put(descriptor.id, descriptor);
    session.descriptors.put(descriptor.id, descriptor);
    socket.descriptors.put(descriptor.id, descriptor);
    socket.users().add(session.identity().uid());
    socket.retention(null);
    return descriptor;
  }

  Reply.Opened opened(Descriptor descriptor, boolean created) {
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
        socket.ownerUid());
  }

  /** Frees one descriptor; the others' operations and events go on. */
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
    descriptor.session.account().release(Resource.DESCRIPTORS, 1);
  }

  /** Where a registration has ended the newest standby is the registrant again (rule 51). */
  void promote(OwnedSocket socket) {
    Registration promoted = socket.registrations().promote();
    if (promoted != null) {
      happened(Event.What.PROMOTED, promoted.descriptor(), "registration " + promoted.number());
    }
  }

  /**
   * Closes the socket if nothing keeps it; starts its retention if only that does (rules 12, 19).
   */
  void keepOrClose(OwnedSocket socket) {
    if (socket.isHeld()) {
      return;
    }
    long retainMillis = socket.name() == null ? 0 : socket.name().retainMillis();
    if (retainMillis == 0) {
      close(socket);
    } else if (retainMillis > 0) {
      socket.retention(environment.timers().after(retainMillis, () -> close(socket)));
    }
  }

  /**
   * Makes the socket forget a descriptor that nobody heard of, and hands its connection out; null
   * if others hold it, or somebody has its raw fd.
   */
  TransportState takeBack(Descriptor descriptor) {
    OwnedSocket socket = descriptor.socket;
    if (descriptors.get(descriptor.id) != descriptor
        || socket.descriptors.size() > 1
        || socket.exports().isAny()
        || !socket.tokens.isEmpty()) {
      return null;
    }
    forget(descriptor);
    socket.remove(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
    remove(socket);
    socket.detach();
    return socket.transport();
  }

  /** Names a socket, or changes what its name gives; null takes the name away. */
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

  /** What a client has left in its ring is sent first, as the kernel does with its own queue. */
  private void close(OwnedSocket socket) {
    if (!socket.rings().isDraining()) {
      closeNow(socket);
      return;
    }
    socket.rings().onDrained(() -> keepOrClose(socket));
    socket.retention(environment.timers().after(DRAIN_MILLIS, () -> closeNow(socket)));
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
   * To end a connection is work for the kernel. A session can hold thousands, and others must not
   * wait until all of them have ended.
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
    // it still has its fd
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

  void happened(Event.What what, Descriptor descriptor, String detail) {
    watchers.happened(what, descriptor.socket, descriptor.id, descriptor.session, detail);
  }
}
