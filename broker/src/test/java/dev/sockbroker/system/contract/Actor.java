package dev.sockbroker.system.contract;

import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A session of a worker process: A, B or C in the contract. */
final class Actor {
  static final int UNREAD_BYTES = 64 << 10;

  /**
   * The broker stops at 512 KiB and goes on below 64 KiB. Between the two the kernel may take some
   * more, because the client was still reading.
   */
  private static final long UNREAD_MIN = 64 << 10;

  /** If this many requests in a row get no reply, the broker has stopped reading. */
  private static final int UNCHANGED = 5;

  /** Their answers are more than the broker keeps for a client that does not read. */
  private static final int PEEKS = 16;

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Scene scene;
  private final String name;
  private final WorkerProcess process;
  private final WireSession session;
  private long object;
  private boolean reading = true;

  /** An ordinary session. */
  Actor(Scene scene, String name, WorkerProcess process, SocketChannel channel) {
    this(scene, name, process, channel, false, Lifetime.CONNECTION);
  }

  Actor(
      Scene scene,
      String name,
      WorkerProcess process,
      SocketChannel channel,
      boolean administrator,
      Lifetime lifetime) {
    this.scene = scene;
    this.name = name;
    this.process = process;
    Request.Hello hello =
        new Request.Hello(List.of(Message.VERSION), "conformance", administrator, lifetime);
    session = new WireSession(channel, hello, scene::wakeUp);
  }

  Scene scene() {
    return scene;
  }

  String name() {
    return name;
  }

  WorkerProcess process() {
    return process;
  }

  WireSession session() {
    return session;
  }

  int pid() {
    return session.welcome().pid();
  }

  long sessionId() {
    return session.welcome().session();
  }

  /** The session's event object, created on first use. */
  long object() {
    if (object == 0) {
      object = newObject();
    }
    return object;
  }

  long newObject() {
    return ((Reply.EventObject) session.ask(new Request.CreateEvent()).reply()).object();
  }

  /** Sends any request, as a step of the scene. */
  Step ask(Request request) {
    return scene.step(this, name + ": " + request, () -> session.ask(request));
  }

  /**
   * Starts any operation that may wait, as a step of the scene. The request has reached the broker.
   */
  Waiting begin(Request request, byte[] payload) {
    String what = name + ": waiting " + request.getClass().getSimpleName();
    scene.beginStep(what);
    CompletableFuture<WireSession.Answer> answer = session.begin(request, payload);
    long id = session.lastRequest();
    session.ask(new Request.Ping());
    return new Waiting(this, what, id, answer);
  }

  /** Sends a request that no broker reads yet. Not a step. */
  Waiting leave(Request request) {
    CompletableFuture<WireSession.Answer> answer = session.begin(request, new byte[0]);
    return new Waiting(this, name + ": " + request, session.lastRequest(), answer);
  }

  /** Kills the process with SIGKILL while there is no broker. Not a step. */
  void killNow() {
    scene.forget(this);
    process.kill();
  }

  /** A new unbound socket of the scene's family. */
  Holder open() {
    return open(SocketType.STREAM, null, null);
  }

  /** A listener on a loopback address. */
  Holder listen(int backlog) {
    return open(SocketType.STREAM, scene.loopback(), backlog);
  }

  Holder open(SocketType type, Address bind, Integer backlog) {
    Family family = scene.setting().family();
    return ask(Request.Open.of(family, type).boundTo(bind).listening(backlog)).holder(name);
  }

  /** A new unbound datagram socket. */
  Holder openDatagram() {
    return open(SocketType.DGRAM, null, null);
  }

  /** Redeems the token. */
  Step redeem(String token) {
    return ask(new Request.Redeem(token));
  }

  Step attach(String socketName) {
    return ask(new Request.Attach(socketName));
  }

  /** Creates as many descriptors of one socket as the session may have. Returns one of them. */
  Holder fillDescriptors() {
    String socketName = "conformance " + name + " " + sessionId();
    scene.beginStep(name + " fills its session");
    Family family = scene.setting().family();
    Request open = Request.Open.of(family, SocketType.STREAM).named(socketName, 0);
    WireSession.Answer made = session.ask(open);
    List<CompletableFuture<WireSession.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < session.welcome().limits().descriptors(); i++) {
      answers.add(session.begin(new Request.Attach(socketName), new byte[0]));
    }
    answers.forEach(WireSession::await);
    return scene.holder(this, name + " filler", (Reply.Opened) made.reply());
  }

  /** Whether the object is set, determined by a wait with time 0. */
  boolean isSet(long eventObject) {
    Request wait = new Request.WaitEvents(List.of(eventObject), true, 0L);
    return session.ask(wait).reply() instanceof Reply.Signalled;
  }

  /**
   * Stops reading, and sends so many requests that answers wait in the broker.
   *
   * @param full a descriptor with data, which is peeked at repeatedly
   */
  void stopReading(Holder full) {
    reading = false;
    session.stopReading();
    WireSession other = scene.b().session();
    Request peek = new Request.Receive(full.id(), UNREAD_BYTES, 0L, true, false);
    for (int i = 0; i < PEEKS; i++) {
      session.begin(peek, new byte[0]);
    }
    // Until the broker takes no more of them: another session's request could overtake these. What
    // others keep may change meanwhile.
    long[] last = {0};
    int[] same = {0};
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(DEADLINE)
        .until(
            () -> {
              // One more, because the first may have found less.
              session.begin(peek, new byte[0]);
              long kept = bufferedBytes(other);
              same[0] = kept == last[0] ? same[0] + 1 : 0;
              last[0] = kept;
              return same[0] >= UNCHANGED && kept > UNREAD_MIN;
            });
  }

  private static long bufferedBytes(WireSession asking) {
    return ((Reply.BrokerInfo) asking.ask(new Request.ShowBroker()).reply()).bufferedBytes();
  }

  Step readAgain() {
    scene.beginStep(name + " reads again");
    reading = true;
    session.readAgain();
    return scene.done();
  }

  boolean isReading() {
    return reading;
  }

  /** Ends the session but not the process. */
  Step end() {
    scene.beginStep(name + " ends its session");
    scene.forget(this);
    session.close();
    return scene.done();
  }

  /** Kills the process with SIGKILL. */
  Step kill() {
    scene.beginStep(name + " is killed");
    scene.forget(this);
    process.kill();
    return scene.done();
  }

  /** The process exits. */
  Step exit() {
    scene.beginStep(name + " exits");
    scene.forget(this);
    process.close();
    return scene.done();
  }
}
