package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.User;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One run of a scenario: its participants, and the reports since the last step.
 *
 * <p>Every step first checks that the previous steps reported only expected events. It does so with
 * two rounds of pings through every session. When the second round is answered, the broker has
 * handled everything that the kernel had reported during the first. So 200 ms are spent only where
 * the contract says "none".
 */
final class Scene implements Closeable {
  /** All six events. */
  static final Set<NetworkEvent> ALL = EnumSet.allOf(NetworkEvent.class);

  /** All events except WRITE. */
  static final Set<NetworkEvent> NOWR = EnumSet.complementOf(EnumSet.of(NetworkEvent.WRITE));

  private static final long DEADLINE_MILLIS = 10_000;
  private static final long NONE_MILLIS = 200;

  /** Starting a broker takes long on a busy machine. */
  static final long UPGRADE_SECONDS = 90;

  private final Suite suite;
  private final Setting setting;
  private final Map<String, Actor> actors = new LinkedHashMap<>();
  private final Map<Long, Holder> holders = new LinkedHashMap<>();
  private final Seen seen = new Seen();
  private final List<Closeable> opened = new ArrayList<>();

  /** The registrants of the event form, by socket. */
  private final Map<Long, Holder> enumerated = new LinkedHashMap<>();

  /** Objects whose signal has arrived before any recorded event. */
  private final Set<Long> signalled = new HashSet<>();

  /** The session that asks for upgrades, once there was one. */
  private Actor upgrader;

  private String stepName = "the beginning";
  private Step lastStep;
  private String subject = "A";
  private boolean woken;

  Scene(Suite suite, Setting setting) {
    this.suite = suite;
    this.setting = setting;
  }

  Setting setting() {
    return setting;
  }

  Suite suite() {
    return suite;
  }

  boolean isUnix() {
    return setting.family() == Family.UNIX;
  }

  Actor a() {
    return actor("A");
  }

  Actor b() {
    return actor("B");
  }

  Actor c() {
    return actor("C");
  }

  /** A session of the worker with that name. Each worker is a process. */
  Actor actor(String name) {
    return actors.computeIfAbsent(
        name,
        it -> {
          WorkerProcess process = suite.worker(name);
          return new Actor(this, name, process, process.openSession());
        });
  }

  /** A further session of the actor's process. */
  Actor another(Actor actor) {
    WorkerProcess process = actor.process();
    return join(new Actor(this, actor.name() + " again", process, process.openSession()));
  }

  /** An administrator's session in the process of C. */
  Actor administrator() {
    WorkerProcess process = c().process();
    Lifetime lifetime = Lifetime.CONNECTION;
    return join(new Actor(this, "administrator", process, process.openSession(), true, lifetime));
  }

  /** Replaces the broker by another process of the same version. */
  Step upgrade() {
    return upgrade(Request.Upgrade.PAUSE_MILLIS_MAX);
  }

  /** An upgrade that is given up if clients have to wait longer than this. */
  Step upgrade(long pauseMillis) {
    if (upgrader == null) {
      upgrader = administrator();
    }
    return upgrader
        .begin(new Request.Upgrade(pauseMillis), new byte[0])
        .endsWithin(UPGRADE_SECONDS);
  }

  /** Kills the broker, and starts another one, which continues with what it has left. */
  Step crash() {
    crash(() -> null);
    return done();
  }

  /**
   * Likewise.
   *
   * @param meanwhile happens while there is no broker, so it must not be a step
   */
  <T> T crash(Supplier<T> meanwhile) {
    beginStep("the broker is killed");
    return suite.crash(meanwhile);
  }

  /** A session of another user. */
  Actor stranger() {
    WorkerProcess process = suite.worker(User.MALLORY);
    return join(new Actor(this, "stranger", process, process.openSession()));
  }

  /** A session with the lifetime of the process of B. */
  Actor lastingB() {
    WorkerProcess process = suite.worker("B");
    return join(new Actor(this, "B", process, process.openSession(), false, Lifetime.PROCESS));
  }

  Actor join(Actor actor) {
    actors.put(actor.name(), actor);
    return actor;
  }

  /** A new address of this family that can be bound. */
  Address loopback() {
    return switch (setting.family()) {
      case INET -> Address.inet("127.0.0.1", 0);
      case INET6 -> Address.inet("::1", 0);
      case UNIX -> Address.unix(suite.newPath().toString());
    };
  }

  /** A pair: A holds the accepted socket, and the peer is the client, a plain socket. */
  Pair pair() {
    Holder listener = a().listen(8);
    Peer client = connect(listener);
    Holder server = listener.accept().holder("A");
    listener.close();
    client.knows(server);
    subject = server.label();
    return new Pair(server, client);
  }

  /** A pair: A holds the client, and the peer is the accepted plain socket. */
  Pair clientPair() {
    PlainListener listener = plainListener();
    Holder client = a().open();
    client.connect(listener.address());
    Peer server = listener.accept();
    server.knows(client);
    subject = client.label();
    return new Pair(client, server);
  }

  /** A pair whose ends both belong to the broker: A has the server, C the client. */
  HeldPair heldPair() {
    Holder listener = a().listen(8);
    Holder client = c().open();
    client.connect(listener.local());
    Holder server = listener.accept().holder("A");
    listener.close();
    subject = server.label();
    return new HeldPair(server, client);
  }

  /** Two descriptors, one for each end of a connection. */
  record HeldPair(Holder held, Holder peer) {}

  /** A descriptor and the plain socket at the other end. */
  record Pair(Holder held, Peer peer) {}

  PlainListener plainListener() {
    return closedAtTheEnd(new PlainListener(this, loopback()));
  }

  PlainDatagrams plainDatagrams() {
    return closedAtTheEnd(new PlainDatagrams(this));
  }

  <T extends Closeable> T closedAtTheEnd(T resource) {
    opened.add(resource);
    return resource;
  }

  /** A plain client of a listener. */
  Peer connect(Holder listener) {
    beginStep("a client connects");
    return closedAtTheEnd(Peer.connect(this, listener.local()));
  }

  /** An address at which nobody listens. */
  Address closedAddress() {
    PlainListener listener = plainListener();
    listener.close();
    return listener.address();
  }

  /** A step with an answer. */
  Step step(Actor actor, String what, Supplier<WireSession.Answer> act) {
    beginStep(what);
    return partOfStep(actor, what, act.get());
  }

  /** An answer that belongs to the current step. */
  Step partOfStep(Actor actor, String what, WireSession.Answer answer) {
    lastStep = new Step(this, actor, what, answer);
    return lastStep;
  }

  /** A step without an answer is done. */
  Step done() {
    return partOfStep(null, stepName, null);
  }

  /** Ends the previous step: its reports must have been expected. */
  void beginStep(String what) {
    if (lastStep != null) {
      lastStep.checkAnswer();
      lastStep = null;
    }
    settle();
    checkSeen(stepName, "");
    stepName = what;
  }

  /** The last step is done. */
  void end() {
    beginStep("the end");
  }

  @Override
  public void close() throws IOException {
    for (Actor actor : actors.values()) {
      actor.session().close();
    }
    for (Closeable resource : opened) {
      resource.close();
    }
  }

  Holder holder(Actor actor, String label, Reply.Opened opened) {
    Holder holder = new Holder(actor, label, opened);
    holders.put(holder.id(), holder);
    return holder;
  }

  /** From now on, reports without a name in {@link Step#then} are about this holder. */
  void registered(Holder holder, boolean eventForm) {
    subject = holder.label();
    enumerated.remove(holder.socket());
    if (eventForm) {
      enumerated.put(holder.socket(), holder);
    }
  }

  /** An accepted socket started with its listener's registration. */
  void inherited(Holder holder) {
    registered(holder, setting.eventForm());
  }

  void closed(Holder holder) {
    enumerated.remove(holder.socket(), holder);
  }

  void forget(Actor actor) {
    actors.remove(actor.name());
    enumerated.values().removeIf(holder -> holder.actor() == actor);
  }

  /** Discards signals that a loop has handled itself. */
  void ignoreSignals() {
    settle();
    seen.clear();
  }

  void expect(String what, String words) {
    Seen wanted = Seen.parse(words, subject);
    long deadline = System.nanoTime() + DEADLINE_MILLIS * 1_000_000;
    collect();
    while (!seen.covers(wanted) && awaitWakeUp(deadline)) {
      collect();
    }
    settle();
    checkSeen(what, wanted.toString());
  }

  void expectNone(String what) {
    long deadline = System.nanoTime() + NONE_MILLIS * 1_000_000;
    while (awaitWakeUp(deadline)) {
      collect();
    }
    settle();
    checkSeen(what, "");
  }

  private void checkSeen(String what, String wanted) {
    signalled.forEach(object -> seen.add(subject, "object " + object + " set, nothing recorded"));
    signalled.clear();
    String words = seen.toString();
    seen.clear();
    assertThat(words).as("what was reported after: " + what).isEqualTo(wanted);
  }

  /** Returns when all reading sessions have received everything that the broker knows by now. */
  private void settle() {
    for (int round = 0; round < 2; round++) {
      Stream<CompletableFuture<WireSession.Answer>> pings =
          actors.values().stream()
              .filter(Actor::isReading)
              .map(actor -> actor.session().begin(new Request.Ping(), new byte[0]));
      pings.toList().forEach(WireSession::await);
    }
    collect();
    for (Holder holder : enumerated.values()) {
      if (!enumerate(holder).isEmpty()) {
        seen.add(holder.label(), "recorded and not signalled");
      }
    }
  }

  /** Any thread calls this when an event has arrived. */
  synchronized void wakeUp() {
    woken = true;
    notifyAll();
  }

  private synchronized boolean awaitWakeUp(long deadline) {
    try {
      while (!woken) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return false;
        }
        wait(millis);
      }
      woken = false;
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while events were awaited", e);
    }
  }

  /** Takes the messages of all sessions. A session whose object was signalled enumerates. */
  private void collect() {
    for (Actor actor : actors.values()) {
      actor.session().takeTold().forEach(told -> onTold(actor, told));
    }
    Set<Long> recorded = new HashSet<>();
    for (Holder holder : enumerated.values()) {
      long object = holder.actor().object();
      if (signalled.contains(object) && !enumerate(holder).isEmpty()) {
        recorded.add(object);
      }
    }
    signalled.removeAll(recorded);
  }

  private List<Reply.Occurrence> enumerate(Holder holder) {
    Request request = new Request.EnumNetworkEvents(holder.id(), holder.actor().object());
    Reply reply = holder.actor().session().ask(request).reply();
    List<Reply.Occurrence> record =
        reply instanceof Reply.NetworkEvents it ? it.events() : List.of();
    record.forEach(it -> seen.add(holder.label(), words(it.event(), it.error())));
    return record;
  }

  private void onTold(Actor actor, WireSession.Told told) {
    String mark = told.outOfTurn() ? " OUT OF TURN" : "";
    switch (told.event()) {
      case Event.Network it ->
          seen.add(label(actor, it.descriptor()), words(it.event(), it.error()) + mark);
      case Event.Replaced it ->
          seen.add(
              label(actor, it.descriptor()),
              "replaced by "
                  + who(it.session(), it.pid())
                  + (it.standby() ? " and stands by" : "")
                  + mark);
      case Event.Promoted it -> {
        seen.add(label(actor, it.descriptor()), "promoted" + mark);
        registered(holders.get(it.descriptor()), setting.eventForm());
      }
      case Event.StandbyEnded it ->
          seen.add(
              label(actor, it.descriptor()),
              "standby ended by " + who(it.session(), it.pid()) + mark);
      case Event.StreamEnded it ->
          seen.add(
              label(actor, it.descriptor()),
              it.direction() + " ended(" + (it.error() == 0 ? "0" : Errno.name(it.error())) + ")");
      case Event.Revoked it ->
          seen.add(label(actor, it.descriptor()), "revoked by " + who(it.session(), it.pid()));
      case Event.ObjectSignalled it -> {
        boolean looked = enumerated.values().stream().anyMatch(one -> one.actor() == actor);
        if (looked && it.object() == actor.object()) {
          signalled.add(it.object());
        } else {
          seen.add(actor.name(), "signalled");
        }
      }
      case Event it -> seen.add(actor.name(), it.toString());
    }
  }

  private String label(Actor actor, long descriptor) {
    Holder holder = holders.get(descriptor);
    boolean own = holder != null && holder.actor() == actor;
    return own ? holder.label() : actor.name() + " without descriptor " + descriptor;
  }

  private String who(long session, int pid) {
    return actors.values().stream()
        .filter(actor -> actor.sessionId() == session && actor.pid() == pid)
        .map(Actor::name)
        .findFirst()
        .orElse("session " + session + " of pid " + pid);
  }

  /**
   * An event as the contract writes it: CONNECT and CLOSE always have the error, the others only if
   * it is not 0.
   */
  static String words(NetworkEvent event, int error) {
    boolean always = event == NetworkEvent.CONNECT || event == NetworkEvent.CLOSE;
    if (error == 0) {
      return always ? event + "(0)" : event.name();
    }
    return event + "(" + Errno.name(error) + ")";
  }
}
