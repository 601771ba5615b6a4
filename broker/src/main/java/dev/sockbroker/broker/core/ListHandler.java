package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

/** Handles list and show: what an operator sees. */
final class ListHandler {
  /** The maximum number of rows of a page, so that a page does not occupy the loop for long. */
  private static final int PAGE_ROWS_MAX = 400;

  /**
   * The maximum size of a row as JSON: names of 255 characters with 3 bytes each, and paths of 107
   * characters with 6 bytes each.
   */
  private static final int ROW_BYTES_MAX = 4096;

  private final Environment environment;
  private final SocketTable sockets;
  private final int pageRows;

  ListHandler(Environment environment, SocketTable sockets) {
    this.environment = environment;
    this.sockets = sockets;
    pageRows = pageRows(environment.limits());
  }

  /** How many rows fit into one page. */
  static int pageRows(Limits limits) {
    int fit = limits.frameBytes() / ROW_BYTES_MAX;
    return Math.max(1, Math.min(PAGE_ROWS_MAX, fit - 1));
  }

  void onList(Call call, Request.ListDescriptors list) {
    Looks looks = new Looks(environment.timers()::nanoTime);
    ListPage page = new ListPage(pageRows, list.afterSocket(), list.afterDescriptor(), looks);
    for (OwnedSocket socket : candidates(list)) {
      if (!page.hasTime()) {
        break;
      }
      Sight sight = Sight.of(socket, call.session(), sockets.policy());
      if (sight == Sight.NOTHING || !matches(socket, list)) {
        page.passed(socket.id(), 0);
      } else if (!addRows(socket, sight, list, page)) {
        break;
      }
    }
    call.reply(page.reply());
  }

  private Collection<OwnedSocket> candidates(Request.ListDescriptors list) {
    if (list.socket() == null && list.name() == null) {
      return sockets.sockets().tailMap(list.afterSocket(), true).values();
    }
    OwnedSocket one =
        list.socket() != null ? sockets.sockets().get(list.socket()) : sockets.named(list.name());
    return one == null || one.id() < list.afterSocket() ? List.of() : List.of(one);
  }

  private static boolean matches(OwnedSocket socket, Request.ListDescriptors list) {
    return (list.name() == null
            || socket.name() != null && socket.name().text().equals(list.name()))
        && (list.state() == null || socket.transport().state() == list.state())
        && (list.listener() == null || socket.listener() == list.listener());
  }

  /** Adds the rows of a socket. Returns whether the page has passed all of them. */
  private boolean addRows(
      OwnedSocket socket, Sight sight, Request.ListDescriptors list, ListPage page) {
    boolean resumed = socket.id() == list.afterSocket();
    if (socket.descriptors.isEmpty() || sight == Sight.SOCKET) {
      return resumed || list.pid() != null || addRow(socket, sight, null, page);
    }
    long after = resumed ? list.afterDescriptor() : 0;
    for (Descriptor descriptor : socket.descriptors.tailMap(after, false).values()) {
      boolean wanted = list.pid() == null || list.pid() == descriptor.session.identity().pid();
      if (!page.hasTime() || wanted && !addRow(socket, sight, descriptor, page)) {
        return false;
      }
      page.passed(socket.id(), descriptor.id);
    }
    return true;
  }

  private boolean addRow(OwnedSocket socket, Sight sight, Descriptor held, ListPage page) {
    if (!page.hasRoom()) {
      return false;
    }
    page.add(row(socket, sight, held));
    page.passed(socket.id(), held == null ? 0 : held.id);
    return true;
  }

  /**
   * @param held null for a socket without a holder or with hidden holders
   */
  private Reply.DescriptorInfo row(OwnedSocket socket, Sight sight, Descriptor held) {
    KernelSocket kernel = socket.kernel();
    TransportState transport = socket.transport();
    Session session = held == null ? null : held.session;
    long queuedIn = kernel.queuedIn() + transport.returnedConnections();
    return new Reply.DescriptorInfo(
        held == null ? 0 : held.id,
        socket.id(),
        socket.name() == null ? null : socket.name().text(),
        socket.ownerUid(),
        kernel.family(),
        kernel.type(),
        transport.state(),
        transport.local(),
        transport.peer(),
        session == null ? 0 : session.id(),
        session == null ? 0 : session.identity().pid(),
        session == null ? 0 : session.identity().uid(),
        session == null ? null : session.client(),
        held == null ? EnumSet.noneOf(Right.class) : held.rights,
        registration(socket, sight),
        queuedIn + transport.returnedBytes() + socket.lanes().queuedIn(),
        kernel.queuedOut(),
        held == null ? 0 : held.bytesIn,
        held == null ? 0 : held.bytesOut,
        ageMillis(held == null ? socket.openedNanos() : held.openedNanos),
        kernel.inode(),
        held != null && held.isExported(),
        held != null && held.lane instanceof Ring ring ? ring.bytes() : 0,
        held == null ? 0 : standby(held),
        socket.isUnattended(queuedIn),
        retainMillis(socket),
        closesInMillis(socket),
        socket.listener(),
        held != null && held.lane instanceof StreamLane);
  }

  private static Long retainMillis(OwnedSocket socket) {
    return socket.name() == null ? null : (Long) socket.name().retainMillis();
  }

  private static Long closesInMillis(OwnedSocket socket) {
    return socket.retention() == null ? null : (Long) socket.retention().leftMillis();
  }

  private static long standby(Descriptor descriptor) {
    Registration standby = descriptor.socket.registrations().standby(descriptor);
    return standby == null ? 0 : standby.knownNumber();
  }

  private static Reply.Registration registration(OwnedSocket socket, Sight sight) {
    boolean visible = socket.registration() != null && sight == Sight.HOLDERS;
    return visible ? socket.registration().info() : null;
  }

  private long ageMillis(long sinceNanos) {
    return (environment.timers().nanoTime() - sinceNanos) / 1_000_000;
  }

  void onShow(Call call, Request.Show show) {
    OwnedSocket socket = sockets.find(show.id());
    Sight sight =
        socket == null ? Sight.NOTHING : Sight.of(socket, call.session(), sockets.policy());
    // The id of a descriptor must not reveal its socket.
    if (sight == Sight.NOTHING || sight == Sight.SOCKET && SocketTable.isDescriptor(show.id())) {
      throw new RefusedException(
          Errno.ENOENT, "there is no socket, descriptor or name '" + show.id() + "'");
    }
    KernelSocket kernel = socket.kernel();
    TransportState transport = socket.transport();
    SocketName name = socket.name();
    int error = transport.knownError();
    int half = (pageRows + 1) / 2;
    boolean visible = sight == Sight.HOLDERS;
    List<Reply.DescriptorInfo> holders =
        socket.descriptors.values().stream()
            .limit(visible ? half : 0)
            .map(descriptor -> row(socket, sight, descriptor))
            .toList();
    List<Reply.TokenInfo> tokens =
        socket.tokens.stream().limit(visible ? half : 0).map(Token::info).toList();
    call.reply(
        new Reply.Shown(
            socket.id(),
            name == null ? null : name.text(),
            socket.ownerUid(),
            kernel.family(),
            kernel.type(),
            kernel.protocol(),
            transport.state(),
            transport.local(),
            transport.peer(),
            socket.isBlocking(),
            error == 0 ? null : Errno.name(error),
            retainMillis(socket),
            name == null ? null : name.joinRights(),
            name == null ? null : name.otherRights(),
            socket.in().size(),
            socket.out().size(),
            ageMillis(socket.openedNanos()),
            kernel.inode(),
            registration(socket, sight),
            holders,
            visible ? socket.descriptors.size() - holders.size() : 0,
            tokens,
            visible ? socket.tokens.size() - tokens.size() : 0,
            OptionHandler.all(socket),
            socket.isUnattended(kernel.queuedIn() + socket.transport().returnedConnections()),
            closesInMillis(socket),
            socket.listener()));
  }
}
