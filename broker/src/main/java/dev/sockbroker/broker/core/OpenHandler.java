package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.recording.Events;
import dev.sockbroker.broker.state.Deadline;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** Handles open, attach and naming. */
final class OpenHandler {
  private static final Set<Right> ALL = EnumSet.allOf(Right.class);

  private final Environment environment;
  private final SocketTable sockets;
  private final Authority authority;
  private final Rates rates;

  OpenHandler(Environment environment, SocketTable sockets, Authority authority, Rates rates) {
    this.environment = environment;
    this.sockets = sockets;
    this.authority = authority;
    this.rates = rates;
  }

  void onOpen(Call call, Request.Open open) {
    if (open.name() == null && open.retainMillis() != 0) {
      throw new RefusedException(Errno.EINVAL, "only a named socket can be retained; give a name");
    }
    if (open.connect() != null) {
      ConnectingOpen.check(open);
    }
    rates.count(Rates.What.OPENS, call.session());
    if (joins(call, open)) {
      return;
    }
    checkMayOpen(call.session(), open, nameOf(call, open));
    Set<Right> rights = authority.limited(call.session(), ALL);
    SocketTable.checkRoom(call.session());
    if (open.connect() != null) {
      connecting(call).begin();
      return;
    }
    OwnedSocket socket = make(call.session(), open, open.family());
    sockets.add(socket);
    finish(call, open, socket, rights);
  }

  /**
   * @param name null without one
   */
  private void checkMayOpen(Session session, Request.Open open, SocketName name) {
    authority.mayOpen(session, open.family(), open.type(), open.protocol());
    if (name != null) {
      authority.mayName(session, name);
    }
    if (open.connect() != null) {
      authority.mayConnect(session, open.type(), open.connect());
    }
  }

  private ConnectingOpen connecting(Call call) {
    return new ConnectingOpen(call, this, environment, authority);
  }

  /** Restarts an open that was still connecting in the old broker. */
  void restore(Call call, Deadline deadline) {
    connecting(call).restore(deadline);
  }

  /** Joins the socket that already has this name. Returns false if no socket has it. */
  private boolean joins(Call call, Request.Open open) {
    OwnedSocket existing = open.name() == null ? null : sockets.named(open.name());
    if (existing == null) {
      return false;
    }
    authority.mayAttach(call.session(), open.name());
    checkMayJoin(call.session(), existing.name(), open.joinOthers());
    checkSameAs(existing, open);
    join(call, existing, existing.name().rightsFor(call.session()));
    return true;
  }

  private static SocketName nameOf(Call call, Request.Open open) {
    return open.name() == null
        ? null
        : SocketName.of(
            call.session(),
            open.name(),
            open.retainMillis(),
            open.joinRights(),
            open.otherRights());
  }

  /**
   * Completes an open whose socket has connected. If somebody has opened the name meanwhile, it
   * joins that socket. The policy is asked again, because it may have changed.
   *
   * @param socket is closed if it is not needed
   */
  void onConnected(Call call, Request.Open open, OwnedSocket socket) {
    try {
      if (joins(call, open)) {
        socket.close();
        return;
      }
      checkMayOpen(call.session(), open, nameOf(call, open));
      authority.mayReach(call.session(), socket);
      SocketTable.checkRoom(call.session());
    } catch (RefusedException e) {
      socket.close();
      throw e;
    }
    sockets.add(socket);
    finish(call, open, socket, authority.limited(call.session(), ALL));
  }

  private void finish(Call call, Request.Open open, OwnedSocket socket, Set<Right> rights) {
    sockets.name(socket, nameOf(call, open));
    Descriptor descriptor = sockets.hold(socket, call.session(), rights, Origin.OPENED);
    call.reply(sockets.opened(descriptor, true));
    sockets.happened(Event.What.OPENED, descriptor, open.name());
  }

  /** Makes a socket with the options and the address of the request. It is not in the table yet. */
  OwnedSocket make(Session session, Request.Open open, Family family) {
    KernelSocket kernel = environment.kernel().open(family, open.type(), open.protocol());
    OwnedSocket socket = sockets.make(TransportState.fresh(kernel), session);
    try {
      if (open.options() != null) {
        open.options()
            .forEach(
                (name, value) -> {
                  authority.maySet(session, socket, name, value);
                  OptionHandler.set(socket, name, value);
                });
      }
      if (open.bind() != null) {
        authority.mayBind(session, kernel, open.bind());
        OwnAddress.bind(sockets, session, socket, open.bind());
      }
      if (open.backlog() != null) {
        SocketHandler.checkStream(kernel);
        authority.mayListen(session, kernel, socket.transport().local());
        OwnAddress.listen(sockets, session, socket, open.backlog());
      }
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Checks that an open which joins a socket asks for the same kind and address. Port 0 means any
   * port (rule 18). An open with {@code connect} joins only a socket connected to the same address
   * or host name; {@code bind} matters only to a new socket.
   */
  private static void checkSameAs(OwnedSocket socket, Request.Open asked) {
    KernelSocket kernel = socket.kernel();
    boolean same =
        (asked.family() == null || kernel.family() == asked.family())
            && kernel.type() == asked.type()
            && (asked.protocol() == 0 || kernel.protocol() == asked.protocol())
            && (asked.connect() == null
                ? isSameAddress(socket.transport().local(), asked.bind())
                : isConnectedTo(socket.transport(), asked.connect()));
    if (!same) {
      throw new RefusedException(
          Errno.EADDRINUSE,
          ("the name '%s' belongs to s%d of uid %d, which is %s %s at %s, and not %s %s at %s;"
                  + " choose another name, or end that socket first: sockbroker close %s")
              .formatted(
                  asked.name(),
                  socket.id(),
                  socket.name().ownerUid(),
                  kernel.family(),
                  kernel.type(),
                  socket.transport().local(),
                  asked.family() == null ? "of any family" : asked.family(),
                  asked.type(),
                  wanted(asked),
                  asked.name()));
    } else if (asked.backlog() != null && !socket.transport().isListening()) {
      throw new RefusedException(
          Errno.EINVAL,
          "the socket with the name '"
              + asked.name()
              + "' does not listen; join it without a backlog, then listen on it");
    }
  }

  private static String wanted(Request.Open asked) {
    if (asked.connect() != null) {
      return "connected to " + asked.connect();
    }
    return asked.bind() == null ? "any address" : asked.bind().toString();
  }

  private static boolean isConnectedTo(TransportState transport, Address asked) {
    return transport.isConnected()
        && (asked.equals(transport.connectedTo()) || asked.equals(transport.peer()));
  }

  private static boolean isSameAddress(Address local, Address asked) {
    if (asked == null || local == null || asked.path() != null || local.path() != null) {
      return asked == null || Objects.equals(local, asked);
    }
    return (asked.port() == 0 || asked.port().equals(local.port()))
        && isSameHost(asked.host(), local.host());
  }

  /** Compares addresses, because one address has several literals. */
  private static boolean isSameHost(String asked, String local) {
    try {
      return asked.equals(local)
          || InetAddress.ofLiteral(asked).equals(InetAddress.ofLiteral(local));
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Errno.EINVAL, "'" + asked + "' is not an address literal");
    }
  }

  /**
   * Checks the right to join. The user who names a socket first decides what it is and who else
   * accepts from it. So every client, including administrators and root, joins another user's
   * socket only on explicit request (rule 18).
   */
  private static void checkMayJoin(Session session, SocketName name, boolean joinOthers) {
    long uid = session.identity().uid();
    String owner = "the name '" + name.text() + "' belongs to uid " + name.ownerUid();
    if (name.rightsFor(session).isEmpty()) {
      String which = uid == name.ownerUid() ? "joinRights (--join)" : "otherRights (--others)";
      throw new RefusedException(
          Errno.EPERM,
          owner + ", whose " + which + " let uid " + uid + " not join; choose another name");
    } else if (uid != name.ownerUid() && !joinOthers) {
      throw new RefusedException(
          Errno.EPERM,
          owner
              + ", and you are uid "
              + uid
              + "; if you trust that user, join with joinOthers (--join-others), else choose"
              + " another name");
    }
  }

  /**
   * Attaches to a socket by name. An administrator may also use an id: {@code s17} or {@code d42}.
   */
  void onAttach(Call call, Request.Attach attach) {
    OwnedSocket socket = sockets.named(attach.name());
    if (socket != null) {
      authority.mayAttach(call.session(), attach.name());
      checkMayJoin(call.session(), socket.name(), attach.joinOthers());
      join(call, socket, socket.name().rightsFor(call.session()));
      return;
    }
    if (call.session().isAdministrator()) {
      socket = sockets.find(attach.name());
    }
    if (socket == null) {
      String nothing =
          call.session().isAdministrator()
              ? "there is no socket, descriptor or name"
              : "no socket has the name";
      throw new RefusedException(Errno.ENOENT, nothing + " '" + attach.name() + "'");
    }
    join(call, socket, ALL);
  }

  private void join(Call call, OwnedSocket socket, Set<Right> rights) {
    Set<Right> allowed = authority.limited(call.session(), rights);
    SocketTable.checkRoomForDescriptor(call.session());
    Descriptor descriptor = sockets.hold(socket, call.session(), allowed, Origin.ATTACHED);
    call.reply(sockets.opened(descriptor, false));
    sockets.happened(
        Event.What.ATTACHED, descriptor, socket.name() == null ? null : socket.name().text());
    Events.handOver("name", socket.id(), 0, call.session().identity().pid());
  }

  /**
   * Checks the right to name a socket. A name can keep a socket forever, and its creator is charged
   * for that time. Only the owner of a name and administrators may change it.
   */
  private static void checkMayName(Session session, OwnedSocket socket) {
    SocketName name = socket.name();
    if (socket.makerUid() != session.identity().uid() && !session.isAdministrator()) {
      throw new RefusedException(
          Errno.EPERM,
          ("s%d belongs to uid %d, which is charged for it; only that user and administrators can"
                  + " name it")
              .formatted(socket.id(), socket.makerUid()));
    }
    if (name != null && name.ownerUid() != session.identity().uid() && !session.isAdministrator()) {
      throw new RefusedException(
          Errno.EPERM,
          "the name '%s' belongs to uid %d, and only that user and administrators can change it"
              .formatted(name.text(), name.ownerUid()));
    }
  }

  private static SocketName wanted(Call call, Request.Name name) {
    return SocketName.of(
        call.session(), name.name(), name.retainMillis(), name.joinRights(), name.otherRights());
  }

  void onName(Call call, Request.Name name) {
    Descriptor descriptor = call.session().descriptor(name.descriptor());
    if (!descriptor.rights.containsAll(authority.limited(call.session(), ALL))) {
      throw new RefusedException(Errno.EPERM, "naming a socket needs all rights on it");
    }
    OwnedSocket socket = descriptor.socket;
    checkMayName(call.session(), socket);
    if (name.name() == null && name.retainMillis() != 0) {
      throw new RefusedException(Errno.EINVAL, "only a named socket can be retained; give a name");
    }
    SocketName wanted = name.name() == null ? null : wanted(call, name).keepingOwner(socket.name());
    if (wanted != null) {
      authority.mayName(call.session(), wanted);
    }
    sockets.name(socket, wanted);
    call.reply(new Reply.Done());
    sockets.happened(Event.What.NAMED, descriptor, name.name());
  }
}
