package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.ModelSocket.ModelDescriptor;
import dev.sockbroker.broker.core.ModelSocket.ModelRegistration;
import dev.sockbroker.broker.core.ModelSocket.Phase;
import dev.sockbroker.broker.core.ModelSocket.Waiting;
import dev.sockbroker.broker.core.ModelStep.Kind;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Plays steps on the core and on the model, and compares what every session is told after each
 * step. A step that applies to nothing is skipped, so every subsequence of a sequence is also a
 * sequence.
 */
final class ModelDriver {
  private static final int SESSIONS = 3;
  private static final int SOCKETS_MAX = 6;
  private static final int DESCRIPTORS_MAX = 12;
  private static final Address ANY = Address.inet("127.0.0.1", 0);
  private static final Set<NetworkEvent> ALL = EnumSet.allOf(NetworkEvent.class);

  private final ModelRig rig;
  private final Model model = new Model();
  private final Map<Model.ModelSession, ModelClient> clients = new HashMap<>();

  private final ModelComparison comparison = new ModelComparison(model, clients);
  private final ModelPeers peers;
  private int lastPid = 10;
  private String difference = "";

  ModelDriver(ModelRig rig) {
    this.rig = rig;
    for (int i = 0; i < SESSIONS; i++) {
      connectSession();
    }
    peers = new ModelPeers(rig, model, clients);
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
  String play(List<ModelStep> steps) {
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
    peers.closeAll();
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

  private void play(ModelStep step) {
    act(step);
    finishStep();
  }

  private void finishStep() {
    rig.settle();
    model.settle();
    rig.await(comparison::isAnswered);
    while (!model.toAdopt.isEmpty() && difference.isEmpty()) {
      adopt(model.toAdopt.poll());
    }
    if (difference.isEmpty()) {
      difference = comparison.compare();
    }
    model.closed.clear();
  }

  private void adopt(Model.Accepted accepted) {
    Waiting operation = accepted.operation();
    Reply reply = clients.get(operation.through.session()).raw.get(operation.request);
    if (reply instanceof Reply.Opened opened) {
      int index = accepted.index();
      model.accepted(
          accepted, index == 0 ? opened.descriptor() : opened.ahead().get(index - 1).descriptor());
      model.settle();
      rig.await(comparison::isAnswered);
    } else {
      difference = "accept answered " + reply;
    }
  }

  // Actions.

  private static Long time(int number) {
    return switch (number % 4) {
      case 0 -> 0L;
      case 1 -> null;
      case 2 -> Request.FOREVER;
      default -> 50L;
    };
  }

  private void act(ModelStep step) {
    switch (step.kind()) {
      case OPEN_LISTENER, OPEN_TCP, OPEN_UDP -> open(step);
      case DIAL -> peers.dial(step);
      case PEER_SENDS,
          PEER_SENDS_URGENT,
          PEER_READS_ALL,
          PEER_SHUTS_DOWN,
          PEER_CLOSES,
          PEER_RESETS ->
          difference = peers.act(step);
      case ROOM_IS_MADE -> peers.makeRoom();
      case CREATE_EVENT, SET_EVENT, RESET_EVENT, CLOSE_EVENT -> eventObject(step);
      case REDEEM, REVOKE -> token(step);
      case SESSION_ENDS -> endSession(model.sessions.get(step.a() % SESSIONS));
      case CANCEL -> cancel(step);
      case PASS -> pass(step);
      case STOP_READING, READ_AGAIN -> reading(step);
      case HAND_OVER -> handOver();
      default -> {
        ModelDescriptor by = ModelStep.pick(model.descriptors, step.a());
        if (by != null && step.kind() == Kind.GIVE_BACK) {
          model.giveBack(by, clients.get(by.session()).ask(new Request.Close(by.id(), true)));
          peers.forget(model.closed);
        } else if (by != null) {
          long before = clients.get(by.session()).asked();
          actThrough(step, by);
          if (clients.get(by.session()).asked() != before) {
            model.ahead.remove(by);
          }
        }
      }
    }
  }

  private void open(ModelStep step) {
    if (model.sockets.size() >= SOCKETS_MAX || model.descriptors.size() >= DESCRIPTORS_MAX) {
      return;
    }
    Model.ModelSession session = model.sessions.get(step.a() % SESSIONS);
    boolean listens = step.kind() == Kind.OPEN_LISTENER;
    boolean stream = step.kind() != Kind.OPEN_UDP;
    ModelClient client = clients.get(session);
    long id =
        client.ask(
            Request.Open.of(Family.INET, stream ? SocketType.STREAM : SocketType.DGRAM)
                .boundTo(listens ? ANY : null)
                .listening(listens ? (Integer) Model.BACKLOG : null));
    session.replies.put(id, "opened #0");
    ModelSocket socket = new ModelSocket(stream, false);
    socket.phase = listens ? Phase.LISTENING : Phase.FRESH;
    model.sockets.add(socket);
    model.hold(((Reply.Opened) client.raw.get(id)).descriptor(), session, socket);
  }

  private void actThrough(ModelStep step, ModelDescriptor by) {
    ModelClient client = clients.get(by.session());
    ModelSocket socket = by.socket();
    long d = by.id();
    Long time = time(step.c());
    switch (step.kind()) {
      case LISTEN -> listen(client, by);
      case ACCEPT -> {
        if (socket.in.size() < 3 && model.descriptors.size() < DESCRIPTORS_MAX) {
          int ahead = step.b() % 4;
          long id = client.ask(new Request.Accept(d, time, false, ahead));
          model.accept(by, id, time, ahead);
        }
      }
      case CONNECT -> connect(step, by);
      case RECEIVE, PEEK -> {
        if (socket.in.size() < 3) {
          boolean peek = step.kind() == Kind.PEEK;
          int length = 1 + step.b() % 9;
          long id = client.ask(new Request.Receive(d, length, time, peek, false));
          model.receive(by, id, length, peek, time);
        }
      }
      case RECEIVE_URGENT -> {
        boolean peek = step.b() % 4 == 0;
        model.receiveUrgent(by, client.ask(new Request.Receive(d, 1, time, peek, true)), peek);
      }
      case SEND, SEND_MUCH -> send(step, by);
      case SHUTDOWN -> {
        Direction how = Direction.values()[step.b() % 3];
        // In this combination poll reports readable, but the kernel wakes nobody.
        boolean mute = socket.lowWater > 1 && how != Direction.SEND;
        if (!mute) {
          model.shutdown(by, client.ask(new Request.Shutdown(d, how)), how);
          peers.forget(model.closed);
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
        peers.forget(model.closed);
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
    // Kernels differ in whether a socket can listen after it was refused a connection.
    boolean unknown = socket.listened || socket.outcome != null;
    if (unknown && socket.phase == Phase.FRESH && !rig.isSimulated()) {
      return;
    }
    long id = client.ask(new Request.Listen(by.id(), Model.BACKLOG));
    String answer = !socket.stream ? "EOPNOTSUPP" : "EINVAL";
    if (socket.stream && (socket.phase == Phase.FRESH || socket.phase == Phase.LISTENING)) {
      socket.phase = Phase.LISTENING;
      answer = "ok";
    }
    by.session().replies.put(id, answer);
  }

  private void connect(ModelStep step, ModelDescriptor by) {
    ModelSocket socket = by.socket();
    boolean stalled = socket.phase != Phase.CONNECTING && !socket.out.isEmpty();
    Model.To to = Model.To.values()[step.b() % 3];
    boolean unknown = to == Model.To.FULL_LISTENER || socket.listened;
    if (stalled || unknown && !rig.isSimulated()) {
      return;
    }
    if (!socket.stream && to == Model.To.FULL_LISTENER) {
      to = Model.To.LISTENER;
    }
    Long time = time(step.c());
    boolean begins = socket.phase == Phase.FRESH;
    Request request = new Request.Connect(by.id(), peers.address(to, socket), time);
    model.connect(by, clients.get(by.session()).ask(request), to, time);
    peers.onConnect(to, socket, begins);
  }

  private void send(ModelStep step, ModelDescriptor by) {
    ModelSocket socket = by.socket();
    boolean much = step.kind() == Kind.SEND_MUCH;
    boolean known = socket.stream && !socket.peerGone && rig.isSimulated();
    if (socket.out.size() >= 3 || much && !known) {
      return;
    }
    String text =
        String.valueOf((char) ('a' + step.b() % 26)).repeat(much ? 5000 : 1 + step.b() % 9);
    Long time = time(step.c());
    long id = clients.get(by.session()).ask(Request.Send.of(by.id(), time), text);
    model.send(by, id, text, time);
  }

  // Event objects, tokens, sessions.

  private List<Model.ModelObject> objects() {
    List<Model.ModelObject> all = new ArrayList<>();
    model.sessions.forEach(it -> all.addAll(it.objects));
    return all;
  }

  private void eventObject(ModelStep step) {
    if (step.kind() == Kind.CREATE_EVENT) {
      Model.ModelSession session = model.sessions.get(step.a() % SESSIONS);
      if (session.objects.size() < 2) {
        ModelClient client = clients.get(session);
        long id = client.ask(new Request.CreateEvent());
        session.replies.put(id, "ok");
        long object = ((Reply.EventObject) client.raw.get(id)).object();
        session.objects.add(new Model.ModelObject(object, session));
      }
      return;
    }
    Model.ModelObject object = ModelStep.pick(objects(), step.a());
    if (object == null) {
      return;
    }
    Request request =
        switch (step.kind()) {
          case SET_EVENT -> new Request.SetEvent(object.id);
          case RESET_EVENT -> new Request.ResetEvent(object.id);
          default -> new Request.CloseEvent(object.id);
        };
    object.session.replies.put(clients.get(object.session).ask(request), "ok");
    switch (step.kind()) {
      case SET_EVENT -> object.set = true;
      case RESET_EVENT -> object.reset();
      default -> model.closeObject(object);
    }
  }

  private void asyncSelect(ModelStep step, ModelDescriptor by) {
    Set<NetworkEvent> events = events(step.b());
    boolean standby = isToStandBy(step);
    if (events.isEmpty()) {
      cancelSelect(step, by);
    } else {
      Request request = new Request.AsyncSelect(by.id(), events, standby, 0, false);
      model.register(by, clients.get(by.session()).ask(request), events, null, standby);
    }
  }

  private static boolean isToStandBy(ModelStep step) {
    return step.b() % 2 == 0;
  }

  /** Cancels any registration or the own one, by its number or another number. */
  private void cancelSelect(ModelStep step, ModelDescriptor by) {
    boolean any = step.c() % 3 == 0;
    ModelRegistration own = by.socket().registrationOf(by);
    long number = own != null && step.c() % 3 == 1 ? own.told : 1 + step.a() % 5;
    boolean eventForm = step.kind() == Kind.EVENT_SELECT;
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

  private void eventSelect(ModelStep step, ModelDescriptor by) {
    Model.ModelObject object = ModelStep.pick(by.session().objects, step.c());
    Set<NetworkEvent> events = events(step.b());
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

  private void enumerate(ModelStep step, ModelDescriptor by) {
    Model.ModelObject object =
        switch (step.b() % 4) {
          case 0 -> null;
          case 1 -> ModelStep.pick(objects(), step.c());
          default -> ModelStep.pick(by.session().objects, step.c());
        };
    long id =
        clients
            .get(by.session())
            .ask(new Request.EnumNetworkEvents(by.id(), object == null ? 0 : object.id));
    model.enumerate(by, id, object);
  }

  private void rearm(ModelStep step, ModelDescriptor by) {
    Set<NetworkEvent> events = events(step.b());
    events.remove(NetworkEvent.CONNECT);
    events.remove(NetworkEvent.CLOSE);
    long id = clients.get(by.session()).ask(new Request.Rearm(by.id(), events));
    by.session().replies.put(id, "ok");
    by.socket().enable(events.toArray(NetworkEvent[]::new));
  }

  private void duplicate(ModelStep step, ModelDescriptor by) {
    if (model.tokens.size() >= 4) {
      return;
    }
    Model.ModelSession target = model.sessions.get(step.b() % SESSIONS);
    ModelClient client = clients.get(by.session());
    long id = client.ask(Request.Duplicate.toSession(by.id(), target.id));
    by.session().replies.put(id, "ok");
    String text = ((Reply.Duplicated) client.raw.get(id)).token();
    model.tokens.add(new Model.ModelToken(text, by.session(), target, by.socket()));
    by.socket().tokens++;
  }

  private void token(ModelStep step) {
    Model.ModelToken token = ModelStep.pick(model.tokens, step.a());
    if (token == null) {
      return;
    }
    if (step.kind() == Kind.REVOKE) {
      Model.ModelSession by = model.sessions.get(step.b() % SESSIONS);
      long id = clients.get(by).ask(new Request.RevokeToken(token.text()));
      by.replies.put(id, token.maker() == by ? "ok" : "EINVAL");
      if (token.maker() == by) {
        model.end(token);
        peers.forget(model.closed);
      }
      return;
    }
    Model.ModelSession by =
        step.b() % 4 == 0 ? model.sessions.get(step.c() % SESSIONS) : token.target();
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
    peers.forget(model.closed);
    connectSession();
  }

  private void cancel(ModelStep step) {
    List<Waiting> waiting = new ArrayList<>();
    for (ModelSocket socket : model.sockets) {
      waiting.addAll(socket.in);
      waiting.addAll(socket.out);
    }
    Waiting one = ModelStep.pick(waiting, step.a());
    if (one != null) {
      Model.ModelSession by = one.through.session();
      by.replies.put(clients.get(by).ask(new Request.Cancel(one.request)), "ok");
      model.cancel(one, one.through.socket());
    }
  }

  private void pass(ModelStep step) {
    if (rig.isSimulated()) {
      long millis = 10 + step.a() % 60;
      rig.settle();
      rig.pass(millis);
      model.pass(millis);
    }
  }

  private void reading(ModelStep step) {
    Model.ModelSession session = model.sessions.get(step.a() % SESSIONS);
    boolean on = step.kind() == Kind.READ_AGAIN;
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

  private void setOption(ModelStep step, ModelDescriptor by) {
    ModelClient client = clients.get(by.session());
    ModelSocket socket = by.socket();
    boolean on = step.b() % 2 == 0;
    boolean connected = socket.stream && socket.phase == Phase.CONNECTED;
    switch (step.kind()) {
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
