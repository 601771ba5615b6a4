package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.ModelSocket.ModelDescriptor;
import dev.sockbroker.broker.core.ModelSocket.ModelRegistration;
import dev.sockbroker.broker.core.ModelSocket.Phase;
import dev.sockbroker.broker.core.ModelSocket.Waiting;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Plays steps on the core and on the model, and compares what every session is told after each
 * step. A step that applies to nothing is skipped, so every subsequence of a sequence is also a
 * sequence.
 */
final class ModelDriver {
  /** The kinds of steps and their frequencies. */
  enum Kind {
    OPEN_LISTENER(2),
    OPEN_TCP(2),
    OPEN_UDP(1),
    LISTEN(1),
    DIAL(6),
    ACCEPT(6),
    CONNECT(5),
    RECEIVE(10),
    PEEK(3),
    RECEIVE_URGENT(3),
    SEND(5),
    SEND_MUCH(4),
    SHUTDOWN(2),
    PEER_SENDS(10),
    PEER_SENDS_URGENT(4),
    PEER_READS_ALL(5),
    PEER_SHUTS_DOWN(2),
    PEER_CLOSES(2),
    PEER_RESETS(2),
    ROOM_IS_MADE(2),
    ASYNC_SELECT(9),
    EVENT_SELECT(6),
    ENUMERATE(6),
    CREATE_EVENT(2),
    SET_EVENT(1),
    RESET_EVENT(1),
    CLOSE_EVENT(1),
    REARM(2),
    DUPLICATE(4),
    REDEEM(4),
    REVOKE(1),
    CLOSE(3),
    SESSION_ENDS(1),
    SET_BLOCKING(3),
    SET_INLINE(1),
    SET_LOW_WATER(1),
    GET_ERROR(2),
    CANCEL(2),
    PASS(2),
    STOP_READING(1),
    READ_AGAIN(2),
    HAND_OVER(2);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  /** One step. The numbers choose its objects and its variant. */
  record Step(Kind kind, int a, int b, int c) {}

  private static final int SESSIONS = 3;
  private static final int SOCKETS_MAX = 6;
  private static final int DESCRIPTORS_MAX = 12;
  private static final int BACKLOG = 2;
  private static final Address ANY = Address.inet("127.0.0.1", 0);
  private static final Set<NetworkEvent> ALL = EnumSet.allOf(NetworkEvent.class);

  private final ModelRig rig;
  private final Model model = new Model();
  private final Map<Model.ModelSession, ModelClient> clients = new HashMap<>();

  /** Connections whose other end is still open. */
  private final List<ModelSocket> ends = new ArrayList<>();

  private final List<KernelSocket> outside = new ArrayList<>();
  private final KernelSocket openListener;
  private final KernelSocket fullListener;
  private final KernelSocket udpPeer;
  private final Address nobodyTcp;
  private final Address nobodyUdp;

  /**
   * The connection that has the place in the full listener's queue, and the one that waits for it.
   */
  private ModelSocket inQueue;

  private final ArrayDeque<ModelSocket> knocking = new ArrayDeque<>();
  private int lastPid = 10;
  private String difference = "";

  ModelDriver(ModelRig rig) {
    this.rig = rig;
    for (int i = 0; i < SESSIONS; i++) {
      connectSession();
    }
    openListener = outside(SocketType.STREAM);
    fullListener = outside(SocketType.STREAM);
    udpPeer = outside(SocketType.DGRAM);
    KernelSocket tcp = outside(SocketType.STREAM);
    KernelSocket udp = outside(SocketType.DGRAM);
    nobodyTcp = tcp.localAddress();
    nobodyUdp = udp.localAddress();
    rig.run(
        () -> {
          openListener.listen(64);
          fullListener.listen(0);
          tcp.close();
          udp.close();
        });
    if (rig.isSimulated()) {
      outside(SocketType.STREAM).connect(fullListener.localAddress());
    }
  }

  private KernelSocket outside(SocketType type) {
    KernelSocket[] made = new KernelSocket[1];
    rig.run(
        () -> {
          made[0] = rig.kernel().open(Family.INET, type, 0);
          made[0].bind(ANY);
        });
    outside.add(made[0]);
    return made[0];
  }

  private void connectSession() {
    ModelClient[] made = new ModelClient[1];
    int pid = ++lastPid;
    rig.run(() -> made[0] = new ModelClient(rig, pid));
    Model.ModelSession session = new Model.ModelSession(pid, made[0].session.id());
    model.sessions.add(session);
    clients.put(session, made[0]);
  }

  /** The first difference and its step, or an empty text if everything matched. */
  String play(List<Step> steps) {
    for (int i = 0; i < steps.size() && difference.isEmpty(); i++) {
      try {
        play(steps.get(i));
      } catch (RuntimeException | AssertionError e) {
        difference = e + where(e);
      }
      if (!difference.isEmpty()) {
        difference = "step " + (i + 1) + " " + steps.get(i) + ": " + difference;
      }
    }
    String left = end();
    return difference.isEmpty() ? left : difference;
  }

  private String end() {
    try {
      return endAll();
    } catch (RuntimeException | AssertionError e) {
      return "at the end " + e + where(e);
    }
  }

  private static String where(Throwable e) {
    return e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
  }

  private String endAll() {
    for (ModelClient client : clients.values()) {
      client.end();
    }
    rig.run(() -> outside.forEach(KernelSocket::close));
    rig.settle();
    ModelClient[] last = new ModelClient[1];
    rig.run(() -> last[0] = new ModelClient(rig, 1));
    long id = last[0].ask(new Request.ShowBroker());
    rig.settle();
    Reply.BrokerInfo info = (Reply.BrokerInfo) last[0].raw.get(id);
    last[0].end();
    boolean clean =
        info.sockets() == 0
            && info.descriptors() == 0
            && info.tokens() == 0
            && info.eventObjects() == 0
            && info.registrations() == 0
            && info.waitingOperations() == 0
            && info.bufferedBytes() == 0;
    return clean && rig.leftovers().isEmpty() ? "" : "left over: " + info + rig.leftovers();
  }

  private void play(Step step) {
    act(step);
    finishStep();
  }

  private void finishStep() {
    rig.settle();
    model.settle();
    rig.await(this::isAnswered);
    while (!model.toAdopt.isEmpty() && difference.isEmpty()) {
      adopt(model.toAdopt.poll());
    }
    compare();
    model.closed.clear();
  }

  private void adopt(Model.Accepted accepted) {
    Waiting operation = accepted.operation();
    Reply reply = clients.get(operation.through.session()).raw.get(operation.request);
    if (reply instanceof Reply.Opened opened) {
      model.accepted(accepted, opened.descriptor());
      model.settle();
      rig.await(this::isAnswered);
    } else {
      difference = "accept answered " + reply;
    }
  }

  // Comparison.

  /** Whether every session was told as much as the model says. */
  private boolean isAnswered() {
    for (Model.ModelSession session : model.sessions) {
      ModelClient client = clients.get(session);
      if (!client.replies.keySet().containsAll(session.replies.keySet())
          || count(client.events) < count(session.events)) {
        return false;
      }
    }
    return true;
  }

  private static int count(Map<Long, List<String>> events) {
    return events.values().stream().mapToInt(List::size).sum();
  }

  private void compare() {
    for (Model.ModelSession session : model.sessions) {
      ModelClient client = clients.get(session);
      compareReplies(session, client);
      if (difference.isEmpty() && !session.events.equals(client.events)) {
        difference =
            "session " + session.id + " must hear " + session.events + ", heard " + client.events;
      }
      if (difference.isEmpty() && client.answeredLate != 0) {
        difference = "session " + session.id + " heard of events before the answer";
      }
    }
    if (difference.isEmpty()) {
      for (Waiting it : model.open) {
        model.observed(it, clients.get(it.through.session()).replies.get(it.request));
      }
    }
    model.open.clear();
    for (Model.ModelSession session : model.sessions) {
      session.replies.clear();
      session.events.clear();
      clients.get(session).forget();
    }
  }

  private void compareReplies(Model.ModelSession session, ModelClient client) {
    boolean same = session.replies.keySet().equals(client.replies.keySet());
    for (Map.Entry<Long, String> it : session.replies.entrySet()) {
      same = same && matches(it.getValue(), client.replies.get(it.getKey()));
    }
    if (!same && difference.isEmpty()) {
      difference =
          "session "
              + session.id
              + " must be answered "
              + session.replies
              + ", was answered "
              + client.replies;
    }
  }

  private static boolean matches(String expected, String actual) {
    if (expected.equals(actual)) {
      return true;
    }
    for (String one : expected.split("\\|")) {
      if (one.equals(actual) || one.equals("%") && actual.matches("[0-9]+")) {
        return true;
      }
    }
    return false;
  }

  private void until(BooleanSupplier done) {
    if (!done.getAsBoolean()) {
      rig.await(done);
    }
  }

  // Actions.

  private static <T> T pick(List<T> from, int number) {
    return from.isEmpty() ? null : from.get(number % from.size());
  }

  private static Long time(int number) {
    return switch (number % 4) {
      case 0 -> 0L;
      case 1 -> null;
      case 2 -> Request.FOREVER;
      default -> 50L;
    };
  }

  private void act(Step step) {
    switch (step.kind) {
      case OPEN_LISTENER, OPEN_TCP, OPEN_UDP -> open(step);
      case DIAL -> dial(step);
      case PEER_SENDS,
          PEER_SENDS_URGENT,
          PEER_READS_ALL,
          PEER_SHUTS_DOWN,
          PEER_CLOSES,
          PEER_RESETS -> {
        ModelSocket socket = pick(ends, step.a);
        if (socket != null) {
          peerActs(step, socket);
        }
      }
      case ROOM_IS_MADE -> makeRoom();
      case CREATE_EVENT, SET_EVENT, RESET_EVENT, CLOSE_EVENT -> eventObject(step);
      case REDEEM, REVOKE -> token(step);
      case SESSION_ENDS -> endSession(model.sessions.get(step.a % SESSIONS));
      case CANCEL -> cancel(step);
      case PASS -> pass(step);
      case STOP_READING, READ_AGAIN -> reading(step);
      case HAND_OVER -> handOver();
      default -> {
        ModelDescriptor by = pick(model.descriptors, step.a);
        if (by != null) {
          actThrough(step, by);
        }
      }
    }
  }

  private void open(Step step) {
    if (model.sockets.size() >= SOCKETS_MAX || model.descriptors.size() >= DESCRIPTORS_MAX) {
      return;
    }
    Model.ModelSession session = model.sessions.get(step.a % SESSIONS);
    boolean listens = step.kind == Kind.OPEN_LISTENER;
    boolean stream = step.kind != Kind.OPEN_UDP;
    ModelClient client = clients.get(session);
    long id =
        client.ask(
            Request.Open.of(Family.INET, stream ? SocketType.STREAM : SocketType.DGRAM)
                .boundTo(listens ? ANY : null)
                .listening(listens ? (Integer) BACKLOG : null));
    session.replies.put(id, "opened #0");
    ModelSocket socket = new ModelSocket(stream, false);
    socket.phase = listens ? Phase.LISTENING : Phase.FRESH;
    model.sockets.add(socket);
    model.hold(((Reply.Opened) client.raw.get(id)).descriptor(), session, socket);
  }

  private void actThrough(Step step, ModelDescriptor by) {
    ModelClient client = clients.get(by.session());
    ModelSocket socket = by.socket();
    long d = by.id();
    Long time = time(step.c);
    switch (step.kind) {
      case LISTEN -> listen(client, by);
      case ACCEPT -> {
        if (socket.in.size() < 3 && model.descriptors.size() < DESCRIPTORS_MAX) {
          model.accept(by, client.ask(new Request.Accept(d, time)), time);
        }
      }
      case CONNECT -> connect(step, by);
      case RECEIVE, PEEK -> {
        if (socket.in.size() < 3) {
          boolean peek = step.kind == Kind.PEEK;
          int length = 1 + step.b % 9;
          long id = client.ask(new Request.Receive(d, length, time, peek, false));
          model.receive(by, id, length, peek, time);
        }
      }
      case RECEIVE_URGENT -> {
        boolean peek = step.b % 4 == 0;
        model.receiveUrgent(by, client.ask(new Request.Receive(d, 1, time, peek, true)), peek);
      }
      case SEND, SEND_MUCH -> send(step, by);
      case SHUTDOWN -> {
        Direction how = Direction.values()[step.b % 3];
        // In this combination poll reports readable, but the kernel wakes nobody.
        boolean mute = socket.lowWater > 1 && how != Direction.SEND;
        if (!mute) {
          model.shutdown(by, client.ask(new Request.Shutdown(d, how)), how);
        }
      }
      case ASYNC_SELECT -> asyncSelect(step, by);
      case EVENT_SELECT -> eventSelect(step, by);
      case ENUMERATE -> enumerate(step, by);
      case REARM -> rearm(step, by);
      case DUPLICATE -> duplicate(step, by);
      case CLOSE -> {
        by.session().replies.put(client.ask(new Request.Close(d)), "ok");
        model.close(by, true);
        forgetClosed();
      }
      default -> setOption(step, by);
    }
  }

  private static Set<NetworkEvent> events(int number) {
    Set<NetworkEvent> events = EnumSet.noneOf(NetworkEvent.class);
    switch (number % 5) {
      case 0 -> {}
      case 1 -> events.addAll(ALL);
      case 2 -> {
        events.addAll(ALL);
        events.remove(NetworkEvent.WRITE);
      }
      default -> {
        for (NetworkEvent it : NetworkEvent.values()) {
          if ((number >> 3 + it.ordinal() & 1) != 0) {
            events.add(it);
          }
        }
      }
    }
    return events;
  }

  private void listen(ModelClient client, ModelDescriptor by) {
    ModelSocket socket = by.socket();
    long id = client.ask(new Request.Listen(by.id(), BACKLOG));
    String answer = !socket.stream ? "EOPNOTSUPP" : "EINVAL";
    if (socket.stream && (socket.phase == Phase.FRESH || socket.phase == Phase.LISTENING)) {
      socket.phase = Phase.LISTENING;
      answer = "ok";
    }
    by.session().replies.put(id, answer);
  }

  private void connect(Step step, ModelDescriptor by) {
    ModelSocket socket = by.socket();
    boolean stalled = socket.phase != Phase.CONNECTING && !socket.out.isEmpty();
    Model.To to = Model.To.values()[step.b % 3];
    if (stalled || to == Model.To.FULL_LISTENER && !rig.isSimulated()) {
      return;
    }
    if (!socket.stream && to == Model.To.FULL_LISTENER) {
      to = Model.To.LISTENER;
    }
    Address address =
        switch (to) {
          case LISTENER -> socket.stream ? openListener.localAddress() : udpPeer.localAddress();
          case FULL_LISTENER -> fullListener.localAddress();
          case NOBODY -> socket.stream ? nobodyTcp : nobodyUdp;
        };
    Long time = time(step.c);
    boolean begins = socket.phase == Phase.FRESH;
    long id = clients.get(by.session()).ask(new Request.Connect(by.id(), address, time));
    model.connect(by, id, to, time);
    if (begins && to == Model.To.FULL_LISTENER) {
      knocking.add(socket);
    } else if (begins && to == Model.To.LISTENER && socket.stream) {
      until(
          () -> {
            rig.run(() -> socket.peer = openListener.accept());
            return socket.peer != null;
          });
      outside.add(socket.peer);
      ends.add(socket);
    } else if (!socket.stream && !ends.contains(socket)) {
      socket.peer = udpPeer;
      ends.add(socket);
    }
  }

  private void makeRoom() {
    if (knocking.isEmpty()) {
      return;
    }
    KernelSocket taken = fullListener.accept();
    outside.add(taken);
    if (inQueue != null && model.sockets.contains(inQueue)) {
      inQueue.peer = taken;
      ends.add(inQueue);
    }
    inQueue = knocking.poll();
    if (inQueue != null) {
      Model.settleConnect(inQueue, 0);
    }
  }

  private void send(Step step, ModelDescriptor by) {
    ModelSocket socket = by.socket();
    boolean much = step.kind == Kind.SEND_MUCH;
    boolean known = socket.stream && !socket.peerGone && rig.isSimulated();
    if (socket.out.size() >= 3 || much && !known) {
      return;
    }
    String text = String.valueOf((char) ('a' + step.b % 26)).repeat(much ? 5000 : 1 + step.b % 9);
    Long time = time(step.c);
    long id = clients.get(by.session()).ask(Request.Send.of(by.id(), time), text);
    model.send(by, id, text, time);
  }

  private void dial(Step step) {
    List<ModelSocket> listeners = new ArrayList<>();
    for (ModelSocket it : model.sockets) {
      if (it.phase == Phase.LISTENING && it.acceptable.size() <= BACKLOG) {
        listeners.add(it);
      }
    }
    ModelSocket listener = pick(listeners, step.a);
    if (listener == null) {
      return;
    }
    ModelDescriptor by = pick(listener.descriptors, 0);
    if (by == null) {
      return;
    }
    ModelClient client = clients.get(by.session());
    long id = client.ask(new Request.GetAddresses(by.id()));
    by.session().replies.put(id, "ok");
    Address address = ((Reply.Addresses) client.raw.get(id)).local();
    ModelSocket socket = new ModelSocket(true, true);
    socket.phase = Phase.CONNECTED;
    rig.run(
        () -> {
          socket.peer = rig.kernel().open(Family.INET, SocketType.STREAM, 0);
          socket.peer.connect(address);
        });
    rig.settle();
    int[] connected = new int[1];
    until(
        () -> {
          rig.run(() -> connected[0] = socket.peer.finishConnect());
          return connected[0] == 0;
        });
    outside.add(socket.peer);
    ends.add(socket);
    listener.acceptable.add(socket);
  }

  // The other end.

  private void peerActs(Step step, ModelSocket socket) {
    if (!socket.stream) {
      peerSendsDatagram(step, socket);
      return;
    }
    boolean sends = !socket.peerFin && !socket.dead;
    String text = String.valueOf((char) ('a' + step.b % 26)).repeat(1 + step.c % 8);
    switch (step.kind) {
      case PEER_SENDS -> {
        if (sends) {
          peerSends(socket, text, false);
          if (socket.receiveShut && socket.sendShut) {
            // Linux treats data that nobody can receive as a reason for a reset.
            socket.reset();
          } else {
            socket.data.append(text);
          }
        }
      }
      case PEER_SENDS_URGENT -> {
        if (sends && !(socket.receiveShut && socket.sendShut)) {
          socket.urgentArrived(text.charAt(0));
          peerSends(socket, text.substring(0, 1), true);
        }
      }
      case PEER_READS_ALL -> drain(socket);
      case PEER_SHUTS_DOWN -> {
        if (sends) {
          rig.run(() -> socket.peer.shutdown(Direction.SEND));
          rig.arrive(socket.peer);
          socket.fin();
        }
      }
      case PEER_CLOSES -> {
        ends.remove(socket);
        rig.run(socket.peer::close);
        if (socket.full || socket.sent.length() > socket.peerRead) {
          socket.reset();
        } else {
          socket.fin();
          socket.peerGone = true;
        }
      }
      default -> {
        ends.remove(socket);
        rig.run(() -> rig.reset(socket.peer));
        socket.reset();
      }
    }
  }

  private void peerSends(ModelSocket socket, String text, boolean urgent) {
    rig.run(
        () -> {
          ByteBuf bytes = rig.buffer(text.length());
          bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
          socket.peer.send(bytes, null, urgent);
          bytes.release();
        });
    rig.arrive(socket.peer);
  }

  private void peerSendsDatagram(Step step, ModelSocket socket) {
    ModelDescriptor by = pick(socket.descriptors, 0);
    if (step.kind != Kind.PEER_SENDS
        || by == null
        || socket.peerGone
        || socket.datagrams.size() > 8) {
      return;
    }
    ModelClient client = clients.get(by.session());
    long id = client.ask(new Request.GetAddresses(by.id()));
    by.session().replies.put(id, "ok");
    Address to = ((Reply.Addresses) client.raw.get(id)).local();
    String text = String.valueOf((char) ('a' + step.b % 26)).repeat(step.c % 8);
    rig.run(
        () -> {
          ByteBuf bytes = rig.buffer(8);
          bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
          udpPeer.send(bytes, to, false);
          bytes.release();
        });
    socket.datagrams.add(text);
  }

  /** Reads until nothing more comes, and checks that every byte came once and in order. */
  private void drain(ModelSocket socket) {
    StringBuilder got = new StringBuilder();
    peerReads(socket, got);
    model.peerDrained(socket);
    rig.await(
        () -> {
          peerReads(socket, got);
          return got.length() >= socket.sent.length() - socket.peerRead;
        });
    String sure = socket.sent.substring(Math.min(socket.peerRead, socket.sent.length()));
    boolean partly = !socket.out.isEmpty() && socket.out.peek().someTaken;
    boolean lossy = socket.error != 0;
    boolean right =
        sure.contentEquals(got)
            || partly && got.toString().startsWith(sure)
            || lossy && sure.startsWith(got.toString());
    if (!right && !socket.sentUnknown) {
      difference = "the peer must read " + brief(sure) + ", read " + brief(got.toString());
    }
    if (socket.sentUnknown || lossy) {
      socket.sent.setLength(socket.peerRead + got.length());
    }
    socket.sentUnknown = false;
    socket.peerRead += got.length();
  }

  private static String brief(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "... (" + text.length() + ")";
  }

  private void peerReads(ModelSocket socket, StringBuilder got) {
    int[] count = new int[1];
    do {
      rig.run(
          () -> {
            ByteBuf into = rig.buffer(4096);
            count[0] = socket.peer.receive(into, 4096, false, new KernelSocket.Arrival());
            got.append(into.toString(StandardCharsets.ISO_8859_1));
            into.release();
          });
      rig.settle();
    } while (count[0] > 0);
  }

  // Event objects, tokens, sessions.

  private List<Model.ModelObject> objects() {
    List<Model.ModelObject> all = new ArrayList<>();
    model.sessions.forEach(it -> all.addAll(it.objects));
    return all;
  }

  private void eventObject(Step step) {
    if (step.kind == Kind.CREATE_EVENT) {
      Model.ModelSession session = model.sessions.get(step.a % SESSIONS);
      if (session.objects.size() < 2) {
        ModelClient client = clients.get(session);
        long id = client.ask(new Request.CreateEvent());
        session.replies.put(id, "ok");
        long object = ((Reply.EventObject) client.raw.get(id)).object();
        session.objects.add(new Model.ModelObject(object, session));
      }
      return;
    }
    Model.ModelObject object = pick(objects(), step.a);
    if (object == null) {
      return;
    }
    Request request =
        switch (step.kind) {
          case SET_EVENT -> new Request.SetEvent(object.id);
          case RESET_EVENT -> new Request.ResetEvent(object.id);
          default -> new Request.CloseEvent(object.id);
        };
    object.session.replies.put(clients.get(object.session).ask(request), "ok");
    switch (step.kind) {
      case SET_EVENT -> object.set = true;
      case RESET_EVENT -> object.reset();
      default -> model.closeObject(object);
    }
  }

  private void asyncSelect(Step step, ModelDescriptor by) {
    Set<NetworkEvent> events = events(step.b);
    boolean standby = isToStandBy(step);
    if (events.isEmpty()) {
      cancelSelect(step, by);
    } else {
      Request request = new Request.AsyncSelect(by.id(), events, standby, 0, false);
      model.register(by, clients.get(by.session()).ask(request), events, null, standby);
    }
  }

  private static boolean isToStandBy(Step step) {
    return step.b % 2 == 0;
  }

  /** Cancels any registration or the own one, by its number or another number. */
  private void cancelSelect(Step step, ModelDescriptor by) {
    boolean any = step.c % 3 == 0;
    ModelRegistration own = by.socket().registrationOf(by);
    long number = own != null && step.c % 3 == 1 ? own.told : 1 + step.a % 5;
    boolean eventForm = step.kind == Kind.EVENT_SELECT;
    Request request =
        eventForm
            ? new Request.EventSelect(by.id(), Set.of(), 0, false, any ? 0 : number, any)
            : new Request.AsyncSelect(by.id(), Set.of(), false, any ? 0 : number, any);
    long id = clients.get(by.session()).ask(request);
    if (any) {
      model.cancelAny(by, id);
    } else {
      model.cancelOwn(by, id, number);
    }
  }

  private void eventSelect(Step step, ModelDescriptor by) {
    Model.ModelObject object = pick(by.session().objects, step.c);
    Set<NetworkEvent> events = events(step.b);
    if (events.isEmpty()) {
      cancelSelect(step, by);
      return;
    }
    boolean standby = isToStandBy(step);
    long objectId = object == null ? 0 : object.id;
    long id =
        clients
            .get(by.session())
            .ask(new Request.EventSelect(by.id(), events, objectId, standby, 0, false));
    if (object == null) {
      by.session().replies.put(id, "EINVAL");
    } else {
      model.register(by, id, events, object, standby);
    }
  }

  private void enumerate(Step step, ModelDescriptor by) {
    Model.ModelObject object =
        switch (step.b % 4) {
          case 0 -> null;
          case 1 -> pick(objects(), step.c);
          default -> pick(by.session().objects, step.c);
        };
    long id =
        clients
            .get(by.session())
            .ask(new Request.EnumNetworkEvents(by.id(), object == null ? 0 : object.id));
    model.enumerate(by, id, object);
  }

  private void rearm(Step step, ModelDescriptor by) {
    Set<NetworkEvent> events = events(step.b);
    events.remove(NetworkEvent.CONNECT);
    events.remove(NetworkEvent.CLOSE);
    long id = clients.get(by.session()).ask(new Request.Rearm(by.id(), events));
    by.session().replies.put(id, "ok");
    by.socket().enable(events.toArray(NetworkEvent[]::new));
  }

  private void duplicate(Step step, ModelDescriptor by) {
    if (model.tokens.size() >= 4) {
      return;
    }
    Model.ModelSession target = model.sessions.get(step.b % SESSIONS);
    ModelClient client = clients.get(by.session());
    long id = client.ask(Request.Duplicate.toSession(by.id(), target.id));
    by.session().replies.put(id, "ok");
    String text = ((Reply.Duplicated) client.raw.get(id)).token();
    model.tokens.add(new Model.ModelToken(text, by.session(), target, by.socket()));
    by.socket().tokens++;
  }

  private void token(Step step) {
    Model.ModelToken token = pick(model.tokens, step.a);
    if (token == null) {
      return;
    }
    if (step.kind == Kind.REVOKE) {
      Model.ModelSession by = model.sessions.get(step.b % SESSIONS);
      long id = clients.get(by).ask(new Request.RevokeToken(token.text()));
      by.replies.put(id, token.maker() == by ? "ok" : "EINVAL");
      if (token.maker() == by) {
        model.end(token);
        forgetClosed();
      }
      return;
    }
    Model.ModelSession by =
        step.b % 4 == 0 ? model.sessions.get(step.c % SESSIONS) : token.target();
    if (model.descriptors.size() >= DESCRIPTORS_MAX) {
      return;
    }
    ModelClient client = clients.get(by);
    long id = client.ask(new Request.Redeem(token.text()));
    String answer = model.redeem(token, by);
    by.replies.put(id, answer);
    if (client.raw.get(id) instanceof Reply.Opened opened && answer.startsWith("opened")) {
      model.hold(opened.descriptor(), by, token.socket());
      model.end(token);
    }
  }

  private void endSession(Model.ModelSession session) {
    clients.remove(session).end();
    model.endSession(session);
    forgetClosed();
    connectSession();
  }

  /** Sockets without a holder are closed, and their other ends are no longer needed. */
  private void forgetClosed() {
    for (ModelSocket socket : model.closed) {
      ends.remove(socket);
      ends.removeAll(socket.acceptable);
      knocking.remove(socket);
    }
  }

  private void cancel(Step step) {
    List<Waiting> waiting = new ArrayList<>();
    for (ModelSocket socket : model.sockets) {
      waiting.addAll(socket.in);
      waiting.addAll(socket.out);
    }
    Waiting one = pick(waiting, step.a);
    if (one != null) {
      Model.ModelSession by = one.through.session();
      by.replies.put(clients.get(by).ask(new Request.Cancel(one.request)), "ok");
      model.cancel(one, one.through.socket());
    }
  }

  private void pass(Step step) {
    if (rig.isSimulated()) {
      long millis = 10 + step.a % 60;
      rig.settle();
      rig.pass(millis);
      model.pass(millis);
    }
  }

  private void reading(Step step) {
    Model.ModelSession session = model.sessions.get(step.a % SESSIONS);
    boolean on = step.kind == Kind.READ_AGAIN;
    if (session.reading != on && rig.isSimulated()) {
      session.reading = on;
      clients.get(session).reading(on);
    }
  }

  /** Another core takes over, which nobody must notice. */
  private void handOver() {
    rig.settle();
    Map<Long, ModelClient> byId = new HashMap<>();
    clients.values().forEach(it -> byId.put(it.session.id(), it));
    Restoring restoring = rig.handOver(byId::get);
    byId.forEach((id, it) -> it.session = restoring.session(id));
  }

  private void setOption(Step step, ModelDescriptor by) {
    ModelClient client = clients.get(by.session());
    ModelSocket socket = by.socket();
    boolean on = step.b % 2 == 0;
    boolean connected = socket.stream && socket.phase == Phase.CONNECTED;
    switch (step.kind) {
      case SET_BLOCKING -> model.setBlocking(by, client.ask(set(by, "O_NONBLOCK", !on)), on);
      case SET_INLINE -> {
        if (connected) {
          by.session().replies.put(client.ask(set(by, "SO_OOBINLINE", on)), "=" + on);
          socket.inline = on;
        }
      }
      case SET_LOW_WATER -> {
        if (connected && !socket.receiveShut) {
          long bytes = on ? 1 : 4;
          by.session().replies.put(client.ask(set(by, "SO_RCVLOWAT", bytes)), "=" + bytes);
          socket.lowWater = (int) bytes;
        }
      }
      case GET_ERROR ->
          model.getError(by, client.ask(Request.GetOption.named(by.id(), "SO_ERROR")));
      default -> throw new IllegalStateException("no step " + step);
    }
  }

  private static Request set(ModelDescriptor by, String option, Object value) {
    return Request.SetOption.named(by.id(), option, value);
  }
}
