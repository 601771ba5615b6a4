package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.ModelSocket.ModelDescriptor;
import dev.sockbroker.broker.core.ModelSocket.ModelRegistration;
import dev.sockbroker.broker.core.ModelSocket.Phase;
import dev.sockbroker.broker.core.ModelSocket.Waiting;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model of section 4 of the contract: what each session must be told after each step. Answers
 * have a short text: the name of an errno (with {@code *} when the operation's own time limit
 * passed), {@code 'bytes}, {@code all}, {@code %} for a count that the kernel decides, and
 * alternatives with {@code |}.
 */
final class Model {
  /** The length of the queue of each listener of the core. */
  static final int BACKLOG = 2;

  static final long FOREVER = Long.MAX_VALUE;

  /** One client. */
  static final class ModelSession {
    final int pid;
    final long id;
    boolean reading = true;
    final List<ModelObject> objects = new ArrayList<>();

    /** What the session must be told in this step. */
    final Map<Long, String> replies = new TreeMap<>();

    final Map<Long, List<String>> events = new TreeMap<>();

    ModelSession(int pid, long id) {
      this.pid = pid;
      this.id = id;
    }

    void event(long about, String text) {
      events.computeIfAbsent(about, it -> new ArrayList<>()).add(text);
    }
  }

  /** An event object (rules 40 and 42). */
  static final class ModelObject {
    final long id;
    final ModelSession session;
    boolean set;
    boolean told;

    ModelObject(long id, ModelSession session) {
      this.id = id;
      this.session = session;
    }

    void reset() {
      set = false;
      told = false;
    }
  }

  /** A token that has not been redeemed. */
  record ModelToken(String text, ModelSession maker, ModelSession target, ModelSocket socket) {}

  final List<ModelSession> sessions = new ArrayList<>();
  final List<ModelSocket> sockets = new ArrayList<>();
  final List<ModelDescriptor> descriptors = new ArrayList<>();
  final List<ModelToken> tokens = new ArrayList<>();
  long now;

  private static long deadline(ModelSocket socket, Long millis, long now) {
    long own = millis != null ? millis : socket.blocking ? -1 : 0;
    return own < 0 ? FOREVER : own == 0 ? 0 : now + own;
  }

  // Receiving and accepting.

  void receive(ModelDescriptor by, long request, int length, boolean peek, Long millis) {
    ModelSocket socket = by.socket();
    if (socket.phase == Phase.LISTENING) {
      by.session().replies.put(request, "ENOTCONN");
      return;
    }
    socket.enable(NetworkEvent.READ, NetworkEvent.OOB);
    Waiting operation =
        new Waiting(by, request, deadline(socket, millis, now), peek ? "peek" : "receive");
    operation.length = length;
    begin(socket, socket.in, operation);
  }

  void receiveUrgent(ModelDescriptor by, long request, boolean peek) {
    ModelSocket socket = by.socket();
    by.session().replies.put(request, socket.receiveUrgent(peek));
    if (socket.stream) {
      socket.enable(NetworkEvent.READ, NetworkEvent.OOB);
    }
  }

  void accept(ModelDescriptor by, long request, Long millis, int aheadMax) {
    ModelSocket socket = by.socket();
    if (!socket.stream) {
      by.session().replies.put(request, "EOPNOTSUPP");
      return;
    } else if (socket.phase != Phase.LISTENING) {
      by.session().replies.put(request, "EINVAL");
      return;
    }
    socket.enable(NetworkEvent.ACCEPT);
    Waiting operation = new Waiting(by, request, deadline(socket, millis, now), "accept");
    operation.length = aheadMax;
    begin(socket, socket.in, operation);
  }

  private void begin(ModelSocket socket, ArrayDeque<Waiting> queue, Waiting operation) {
    if (ModelSocket.next(queue) == null
        && mayBegin(socket, operation)
        && attempt(socket, operation)) {
      return;
    }
    if (operation.deadline == 0) {
      answer(operation, refusedNow(socket, operation));
      return;
    }
    queue.add(operation);
  }

  /** A receive that may wait does not take less than SO_RCVLOWAT. */
  private static boolean mayBegin(ModelSocket socket, Waiting operation) {
    boolean receives = operation.what.equals("receive") || operation.what.equals("peek");
    return !receives
        || operation.deadline == 0
        || Math.min(operation.length, socket.lowWater) == 1
        || socket.hasAtLeast(operation.length);
  }

  private static String refusedNow(ModelSocket socket, Waiting operation) {
    return switch (operation.what) {
      case "connect" -> "EINPROGRESS";
      case "send" -> {
        socket.enable(NetworkEvent.WRITE);
        yield operation.someTaken ? "%" : "EAGAIN";
      }
      default -> "EAGAIN";
    };
  }

  /** Returns whether the operation has ended. If so, its session is told. */
  private boolean attempt(ModelSocket socket, Waiting operation) {
    String answer =
        switch (operation.what) {
          case "receive", "peek" -> attemptReceive(socket, operation);
          case "accept" -> attemptAccept(socket, operation);
          case "connect" -> socket.phase == Phase.CONNECTING ? null : connected(socket);
          default -> attemptSend(socket, operation);
        };
    if (answer == null) {
      return false;
    }
    if (!operation.what.equals("accept") && answer.startsWith("'") && !answer.equals("'")) {
      socket.enable(NetworkEvent.READ, NetworkEvent.OOB);
    }
    if (!socket.stream && answer.startsWith("'")) {
      socket.enable(NetworkEvent.READ);
    }
    answer(operation, answer);
    return true;
  }

  private static String attemptReceive(ModelSocket socket, Waiting operation) {
    String got = socket.receive(operation.length, operation.what.equals("peek"));
    boolean isEnd = !socket.stream && socket.receiveShut && operation.deadline != 0;
    return got == null && isEnd ? "'" : got;
  }

  private static String connected(ModelSocket socket) {
    return socket.outcome == 0 ? "ok" : Errno.name(socket.outcome);
  }

  /** The driver adds the new descriptor with {@link #accepted}. */
  private String attemptAccept(ModelSocket listener, Waiting operation) {
    if (listener.phase != Phase.LISTENING) {
      return "EINVAL";
    }
    ModelRegistration former = listener.registration;
    boolean inherits = former != null && former.by.session() == operation.through.session();
    int count = 0;
    while (listener.hasConnection() && (count == 0 || mayTakeAhead(listener, operation, count))) {
      boolean again = !listener.returned.isEmpty();
      ModelSocket taken = again ? listener.returned.poll() : listener.acceptable.poll();
      toAdopt.add(new Accepted(operation, taken, inherits ? former : null, count));
      count++;
    }
    String one = inherits ? " #1" : " #0";
    return count == 0 ? null : "opened" + one + " ahead".concat(one).repeat(count - 1);
  }

  /** Rule 73: never what another accept waits for. */
  private static boolean mayTakeAhead(ModelSocket listener, Waiting operation, int count) {
    int others = listener.in.size() - (listener.in.contains(operation) ? 1 : 0);
    return count <= operation.length && others == 0;
  }

  /**
   * A connection that was accepted in this step and has no descriptor in the model yet.
   *
   * @param index in the reply; all but the first were accepted ahead
   */
  record Accepted(Waiting operation, ModelSocket socket, ModelRegistration inherited, int index) {}

  /** The descriptors that were accepted ahead and not used since. */
  final Set<ModelDescriptor> ahead = new HashSet<>();

  void giveBack(ModelDescriptor descriptor, long request) {
    descriptor.session().replies.put(request, ahead.contains(descriptor) ? "ok" : "EINVAL");
    if (ahead.contains(descriptor)) {
      giveBack(descriptor);
    }
  }

  private void giveBack(ModelDescriptor descriptor) {
    ModelSocket socket = descriptor.socket();
    if (!sockets.contains(socket.listener)
        || socket.listener.phase != Phase.LISTENING
        || socket.listener.returned.size() > BACKLOG) {
      close(descriptor, true);
      return;
    }
    ahead.remove(descriptor);
    descriptors.remove(descriptor);
    sockets.remove(socket);
    socket.descriptors.clear();
    socket.registration = null;
    socket.registrations = 0;
    socket.blocking = true;
    socket.listener.returned.add(socket);
  }

  final ArrayDeque<Accepted> toAdopt = new ArrayDeque<>();

  void accepted(Accepted accepted, long descriptor) {
    ModelSocket socket = accepted.socket;
    ModelDescriptor made = hold(descriptor, accepted.operation.through.session(), socket);
    sockets.add(socket);
    socket.listener = accepted.operation.through.socket();
    if (accepted.index > 0) {
      ahead.add(made);
    }
    ModelRegistration former = accepted.inherited;
    if (former != null) {
      socket.registration =
          new ModelRegistration(made, 1, former.selected, former.object, former.standby);
      socket.registrations = 1;
      socket.blocking = false;
    }
    look(socket);
  }

  ModelDescriptor hold(long id, ModelSession session, ModelSocket socket) {
    ModelDescriptor made = new ModelDescriptor(id, session, socket);
    descriptors.add(made);
    socket.descriptors.add(made);
    return made;
  }

  // Sending and connecting.

  void send(ModelDescriptor by, long request, String text, Long millis) {
    ModelSocket socket = by.socket();
    Waiting operation = new Waiting(by, request, deadline(socket, millis, now), "send");
    operation.text = text;
    begin(socket, socket.out, operation);
  }

  private static String attemptSend(ModelSocket socket, Waiting operation) {
    if (!socket.stream) {
      return attemptSendDatagram(socket, operation);
    }
    if (socket.error != 0) {
      return partOr(operation, Errno.name(socket.error));
    } else if (socket.phase == Phase.CONNECTING) {
      socket.enable(NetworkEvent.WRITE);
      return null;
    } else if (socket.phase != Phase.CONNECTED || socket.sendShut || socket.dead) {
      return partOr(operation, "EPIPE");
    } else if (socket.peerGone) {
      return attemptSendToNobody(socket, operation);
    } else if (!socket.full && fits(operation)) {
      socket.sent.append(operation.text);
      return "all";
    }
    operation.someTaken |= !socket.full;
    socket.full = true;
    socket.enable(NetworkEvent.WRITE);
    return null;
  }

  /** The kernel takes as much as its buffer holds, and then learns that the peer has closed. */
  private static String attemptSendToNobody(ModelSocket socket, Waiting operation) {
    boolean whole = fits(operation);
    if (!whole) {
      socket.enable(NetworkEvent.WRITE);
    }
    socket.reset();
    return whole ? "all" : "%";
  }

  private static String partOr(Waiting operation, String error) {
    return operation.someTaken ? "%" : error;
  }

  /**
   * Short sends fit, and so does the rest of a long one. A whole long send does not fit and fills
   * the buffers.
   */
  private static boolean fits(Waiting operation) {
    return operation.text.length() < 100 || operation.someTaken;
  }

  private static String attemptSendDatagram(ModelSocket socket, Waiting operation) {
    if (socket.error != 0) {
      String said = Errno.name(socket.error);
      socket.error = 0;
      return said;
    } else if (socket.phase != Phase.CONNECTED) {
      return "EDESTADDRREQ";
    }
    if (socket.sendShut) {
      return "EPIPE";
    }
    if (socket.peerGone) {
      socket.error = Errno.ECONNREFUSED;
    }
    return "all";
  }

  /** The target of a connect. */
  enum To {
    LISTENER,
    FULL_LISTENER,
    NOBODY
  }

  void connect(ModelDescriptor by, long request, To to, Long millis) {
    ModelSocket socket = by.socket();
    if (socket.stream) {
      String refused =
          switch (socket.phase) {
            case CONNECTING -> "EALREADY";
            case CONNECTED, LISTENING -> "EISCONN";
            default -> null;
          };
      if (refused != null) {
        by.session().replies.put(request, refused);
        return;
      }
      socket.outcome = null;
      socket.phase = Phase.CONNECTING;
    } else {
      socket.outcome = 0;
      socket.phase = Phase.CONNECTED;
      socket.peerGone = to == To.NOBODY;
    }
    socket.enable(NetworkEvent.CONNECT, NetworkEvent.CLOSE);
    Waiting operation = new Waiting(by, request, deadline(socket, millis, now), "connect");
    begin(socket, socket.out, operation);
    if (socket.stream && to != To.FULL_LISTENER) {
      settleConnect(socket, to == To.LISTENER ? 0 : Errno.ECONNREFUSED);
    }
  }

  static void settleConnect(ModelSocket socket, int errno) {
    socket.outcome = errno;
    socket.phase = errno == 0 ? Phase.CONNECTED : Phase.FRESH;
    if (errno == 0) {
      socket.error = 0;
    }
  }

  /** The peer has read everything, so sends that waited for it are done. */
  void peerDrained(ModelSocket socket) {
    socket.full = false;
    Waiting head = ModelSocket.next(socket.out);
    while (head != null
        && head.what.equals("send")
        && socket.error == 0
        && !socket.sendShut
        && !socket.dead) {
      socket.out.remove(head);
      socket.sent.append(head.text);
      head.through.session().replies.put(head.request, "all");
      if (head.text.length() >= 100) {
        socket.enable(NetworkEvent.WRITE);
      }
      head = ModelSocket.next(socket.out);
    }
    socket.endIfBoth();
  }

  void shutdown(ModelDescriptor by, long request, Direction how) {
    ModelSocket socket = by.socket();
    boolean listening = socket.phase == Phase.LISTENING;
    boolean possible = listening || socket.phase == Phase.CONNECTED && !socket.dead;
    by.session().replies.put(request, possible ? "ok" : "ENOTCONN");
    if (!possible) {
      return;
    }
    if (listening) {
      if (how != Direction.SEND) {
        socket.phase = Phase.FRESH;
        socket.listened = true;
        socket.acceptable.forEach(ModelSocket::reset);
        socket.acceptable.clear();
        closed.addAll(socket.returned);
        socket.returned.clear();
      }
      return;
    }
    socket.receiveShut |= how != Direction.SEND;
    socket.sendShut |= how != Direction.RECEIVE;
    socket.endIfBoth();
  }

  // Options.

  void setBlocking(ModelDescriptor by, long request, boolean blocking) {
    ModelSocket socket = by.socket();
    boolean refused = blocking && socket.registration != null;
    by.session().replies.put(request, refused ? "EINVAL" : "=" + !blocking);
    if (!refused) {
      socket.blocking = blocking;
    }
  }

  void getError(ModelDescriptor by, long request) {
    ModelSocket socket = by.socket();
    by.session().replies.put(request, "=" + socket.error);
    if (!socket.stream) {
      socket.error = 0;
    }
  }

  // Registrations and event objects.

  void register(
      ModelDescriptor by,
      long request,
      Set<NetworkEvent> events,
      ModelObject object,
      boolean standby) {
    ModelSocket socket = by.socket();
    ModelRegistration former = socket.registration;
    int number = ++socket.registrations;
    socket.standbys.removeIf(it -> it.by == by);
    socket.registration = new ModelRegistration(by, number, events, object, standby);
    socket.blocking = false;
    by.session().replies.put(request, "#" + number);
    if (former == null || former.by == by) {
      return;
    }
    if (former.standby) {
      former.recorded.clear();
      socket.standbys.add(former);
    }
    if (former.told == former.number) {
      tell(former, by, "REPLACED", former.standby ? " stands by" : "");
    }
  }

  private static void tell(ModelRegistration it, ModelDescriptor by, String what, String how) {
    String text = what + " " + it.told + " by " + by.session().id + how;
    it.by.session().event(it.by.id(), text);
  }

  /** A cancel of the descriptor's own registration (rule 29). */
  void cancelOwn(ModelDescriptor by, long request, long number) {
    ModelSocket socket = by.socket();
    ModelRegistration own = socket.registrationOf(by);
    boolean meant = own != null && own.first <= number && number <= own.number;
    by.session().replies.put(request, meant ? "#0 cancelled " + number : "#0");
    if (meant) {
      socket.standbys.remove(own);
      socket.registration = socket.registration == own ? null : socket.registration;
      socket.promote();
    }
  }

  /** A cancel of any registration, which ends the standbys too (rules 29 and 51). */
  void cancelAny(ModelDescriptor by, long request) {
    ModelSocket socket = by.socket();
    ModelRegistration former = socket.registration;
    socket.registration = null;
    socket.blocking = false;
    by.session().replies.put(request, "#0" + (former == null ? "" : " cancelled " + former.number));
    if (former != null && former.by != by) {
      boolean told = former.told == former.number;
      tell(former, by, told ? "REPLACED" : "STANDBY_ENDED", told ? " cancelled" : "");
    }
    for (ModelRegistration it : socket.standbys) {
      if (it.by != by) {
        tell(it, by, "STANDBY_ENDED", "");
      }
    }
    socket.standbys.clear();
  }

  void enumerate(ModelDescriptor by, long request, ModelObject object) {
    ModelRegistration registration = by.socket().registration;
    if (object != null
        && (object.session != by.session()
            || registration != null && registration.by.session() != by.session())) {
      by.session().replies.put(request, "EINVAL");
      return;
    }
    StringBuilder record = new StringBuilder("[");
    if (registration != null && registration.object != null) {
      registration.recorded.forEach((event, error) -> record.append(text(event, error)));
      registration.recorded.clear();
    }
    if (object != null && !isRecordedFor(object)) {
      object.reset();
    }
    by.session().replies.put(request, record.toString());
  }

  private boolean isRecordedFor(ModelObject object) {
    for (ModelSocket socket : sockets) {
      ModelRegistration it = socket.registration;
      if (it != null && it.object == object && !it.recorded.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  void closeObject(ModelObject object) {
    object.session.objects.remove(object);
    for (ModelSocket socket : sockets) {
      socket.standbys.removeIf(it -> it.object == object);
      if (socket.registration != null && socket.registration.object == object) {
        socket.registration = null;
      }
      socket.promote();
    }
  }

  static String text(NetworkEvent event, int error) {
    return event + (error == 0 ? " " : "(" + Errno.name(error) + ") ");
  }

  // Tokens, closing, ending.

  String redeem(ModelToken token, ModelSession by) {
    if (!tokens.contains(token) || token.target != by) {
      return "EINVAL";
    }
    return "opened #0";
  }

  void end(ModelToken token) {
    if (tokens.remove(token)) {
      token.socket.tokens--;
      closeIfUnheld(token.socket);
    }
  }

  void close(ModelDescriptor descriptor, boolean tell) {
    ModelSocket socket = descriptor.socket();
    ahead.remove(descriptor);
    descriptors.remove(descriptor);
    socket.descriptors.remove(descriptor);
    if (socket.registration != null && socket.registration.by == descriptor) {
      socket.registration = null;
    }
    socket.standbys.removeIf(it -> it.by == descriptor);
    for (ArrayDeque<Waiting> queue : List.of(socket.in, socket.out)) {
      for (Waiting waiting : List.copyOf(queue)) {
        if (waiting.through == descriptor) {
          queue.remove(waiting);
          socket.sentUnknown |= !tell && waiting.someTaken;
          if (tell) {
            giveUp(socket, waiting, "ECANCELED");
          }
        }
      }
    }
    socket.promote();
    closeIfUnheld(socket);
  }

  private void giveUp(ModelSocket socket, Waiting waiting, String why) {
    boolean send = waiting.what.equals("send");
    if (send) {
      socket.enable(NetworkEvent.WRITE);
    }
    answer(waiting, send && waiting.someTaken ? "%" : why);
  }

  private void answer(Waiting operation, String text) {
    operation.through.session().replies.put(operation.request, text);
    if (text.contains("%") || text.contains("|")) {
      open.add(operation);
    }
  }

  /** Decisions of the kernel that affect the next steps. */
  void observed(Waiting operation, String text) {
    ModelSocket socket = operation.through.socket();
    if (operation.what.equals("send")) {
      boolean all = text.equals("all");
      socket.sent.append(operation.text, 0, all ? operation.text.length() : Integer.parseInt(text));
    }
  }

  /** Operations that ended in this step with an answer that the model cannot fully predict. */
  final List<Waiting> open = new ArrayList<>();

  private void closeIfUnheld(ModelSocket socket) {
    if (!socket.isHeld()) {
      sockets.remove(socket);
      closed.add(socket);
    }
  }

  /** Sockets that were closed in this step. */
  final List<ModelSocket> closed = new ArrayList<>();

  void endSession(ModelSession session) {
    sessions.remove(session);
    sockets.forEach(socket -> socket.standbys.removeIf(it -> it.by.session() == session));
    for (ModelDescriptor it : List.copyOf(descriptors)) {
      if (it.session() == session && ahead.contains(it)) {
        giveBack(it);
      } else if (it.session() == session) {
        close(it, false);
      }
    }
    for (ModelToken it : List.copyOf(tokens)) {
      if (it.target == session) {
        end(it);
      }
    }
  }

  void cancel(Waiting waiting, ModelSocket socket) {
    socket.in.remove(waiting);
    socket.out.remove(waiting);
    giveUp(socket, waiting, "ECANCELED");
  }

  void pass(long millis) {
    long end = now + millis;
    List<Waiting> due = new ArrayList<>();
    for (ModelSocket socket : sockets) {
      for (ArrayDeque<Waiting> queue : List.of(socket.in, socket.out)) {
        queue.stream().filter(it -> it.deadline <= end).forEach(due::add);
      }
    }
    due.sort(Comparator.comparingLong(it -> it.deadline));
    for (Waiting it : due) {
      ModelSocket socket = it.through.socket();
      boolean isNext = ModelSocket.next(socket.in) == it;
      if (socket.in.remove(it) | socket.out.remove(it)) {
        if (!isNext || it.what.equals("accept") || !takesTheRest(socket, it)) {
          giveUp(socket, it, "ETIMEDOUT*");
        }
        settle();
      }
    }
    now = end;
  }

  /** A receive whose time limit has passed takes less than SO_RCVLOWAT if no more is available. */
  private boolean takesTheRest(ModelSocket socket, Waiting operation) {
    return socket.hasAtLeast(1) && attempt(socket, operation);
  }

  // Consequences of a step.

  /** Serves waiting operations first, then the registration (rule 39), on every socket. */
  void settle() {
    for (ModelSocket socket : List.copyOf(sockets)) {
      serve(socket);
      look(socket);
    }
    tell();
  }

  private void serve(ModelSocket socket) {
    Waiting it = ModelSocket.next(socket.in);
    while (it != null && mayTry(socket, it) && attempt(socket, it)) {
      socket.in.remove(it);
      it = ModelSocket.next(socket.in);
    }
    it = ModelSocket.next(socket.out);
    while (it != null && attempt(socket, it)) {
      socket.out.remove(it);
      it = ModelSocket.next(socket.out);
    }
  }

  /** A waiting receive is tried when there is something to read. */
  private static boolean mayTry(ModelSocket socket, Waiting operation) {
    return operation.what.equals("accept")
        || socket.phase != Phase.CONNECTED
        || !socket.stream
        || socket.isReadable();
  }

  private static void look(ModelSocket socket) {
    ModelRegistration registration = socket.registration;
    if (registration == null) {
      return;
    }
    for (NetworkEvent event : NetworkEvent.values()) {
      if (registration.enabled.contains(event) && socket.holds(event)) {
        registration.enabled.remove(event);
        int error = socket.errorOf(event);
        registration.recorded.put(event, error);
        if (registration.object != null) {
          registration.object.set = true;
        }
      }
    }
  }

  private static void tell(ModelRegistration it) {
    if (it.told != it.number) {
      it.by.session().event(it.by.id(), "PROMOTED " + it.number + " from " + it.told);
      it.told = it.number;
    }
    if (it.object == null) {
      it.recorded.forEach(
          (event, error) ->
              it.by.session().event(it.by.id(), text(event, error) + "#" + it.number));
      it.recorded.clear();
    }
  }

  /** Delivers messages to the sessions that read. */
  void tell() {
    for (ModelSocket socket : sockets) {
      if (socket.registration != null && socket.registration.by.session().reading) {
        tell(socket.registration);
      }
    }
    for (ModelSession session : sessions) {
      for (ModelObject object : session.objects) {
        if (session.reading && object.set && !object.told) {
          object.told = true;
          session.event(-object.id, "SIGNALLED");
        }
      }
    }
  }
}
