package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A client of the core. It sends requests and records its messages in order. */
final class RecordingSession implements SessionProxy {
  /** A message: a reply or an event, and its payload. */
  record Told(long requestId, Message message, String bytes) {}

  private final TestBroker broker;
  private final Subject subject;
  Session session;
  private final List<Told> told = new ArrayList<>();
  private final List<Delivery> held = new ArrayList<>();
  private final List<Integer> taken = new ArrayList<>();
  private boolean fdConnection = true;
  private boolean writable = true;
  private boolean holding;
  private boolean closed;
  private RuntimeException eventFailure;
  private int flushes;
  private long lastRequest;

  RecordingSession(TestBroker broker, Identity identity) {
    this(broker, identity, Subject.ofUser(identity.uid()));
  }

  RecordingSession(TestBroker broker, Identity identity, Subject subject) {
    this.broker = broker;
    this.subject = subject;
    session = broker.conductor.onConnected(identity, this);
  }

  @Override
  public void reply(long requestId, Reply reply) {
    told.add(new Told(requestId, reply, ""));
  }

  @Override
  public void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery) {
    told.add(new Told(requestId, reply, payload.toString(StandardCharsets.ISO_8859_1)));
    payload.release();
    deliver(delivery);
  }

  @Override
  public void reply(long requestId, Reply reply, Delivery delivery) {
    told.add(new Told(requestId, reply, ""));
    deliver(delivery);
  }

  /** What depends on replies that the kernel has not taken. */
  List<SavedDelivery> saveHeld(Saving saving) {
    return held.stream().map(it -> it.save(saving)).toList();
  }

  /** Another broker continues the session. */
  void continueIn(Restoring restoring, List<SavedDelivery> deliveries) {
    session = restoring.session(session.id());
    held.clear();
    for (SavedDelivery it : deliveries) {
      Delivery delivery = restored(restoring, it);
      if (delivery != null) {
        held.add(delivery);
      }
    }
  }

  private static Delivery restored(Restoring restoring, SavedDelivery saved) {
    return switch (saved) {
      case SavedDelivery.Exported _, SavedDelivery.RingAttached _ -> restoring.passing(saved);
      default -> restoring.delivery(saved);
    };
  }

  private void deliver(Delivery delivery) {
    if (delivery != null) {
      if (holding) {
        held.add(delivery);
      } else {
        delivery.done(!closed);
      }
    }
  }

  @Override
  public Subject subject() {
    return subject;
  }

  @Override
  public String newFdKey() {
    return "key";
  }

  @Override
  public void checkTakesFds() {
    if (!fdConnection) {
      throw new RefusedException(Errno.ENOTCONN, "no fd connection");
    }
  }

  @Override
  public void pass(long requestId, Passing passing) {
    for (int fd : passing.fds()) {
      taken.add(fd);
    }
    deliver(passing);
  }

  /** The fds that were passed, in order. */
  List<Integer> fds() {
    return taken;
  }

  /** From now on the client receives no fds. */
  void endFdConnection() {
    fdConnection = false;
  }

  /** From now on no event can be written to the client. */
  void failEvents(RuntimeException failure) {
    eventFailure = failure;
  }

  @Override
  public void event(long requestId, Event event) {
    if (eventFailure != null) {
      throw eventFailure;
    }
    told.add(new Told(requestId, event, ""));
  }

  @Override
  public boolean isWritable() {
    return writable && !closed;
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  int flushes() {
    return flushes;
  }

  /** The client stops reading: later messages stay in the broker. */
  void stopReading() {
    writable = false;
    holding = true;
  }

  /** Replies no longer reach the kernel for now. */
  void holdReplies() {
    holding = true;
  }

  void readAgain() {
    writable = true;
    holding = false;
    List<Delivery> taken = List.copyOf(held);
    held.clear();
    taken.forEach(it -> it.done(true));
    broker.conductor.onWritable(session);
    broker.settle();
  }

  /** The connection ends, and the session lives on with its process. */
  void loseReplies() {
    List<Delivery> lost = List.copyOf(held);
    held.clear();
    lost.forEach(it -> it.done(false));
    broker.settle();
  }

  /** The connection ends. Bytes that the kernel has not taken never reach the client. */
  void end() {
    closed = true;
    List<Delivery> lost = List.copyOf(held);
    held.clear();
    lost.forEach(it -> it.done(false));
    broker.conductor.onEnded(session);
    broker.settle();
  }

  /** The process ends before its connection is checked. */
  void endBeforeDeliveries() {
    closed = true;
    broker.conductor.onEnded(session);
    List<Delivery> lost = List.copyOf(held);
    held.clear();
    lost.forEach(it -> it.done(false));
    broker.settle();
  }

  long id() {
    return session.id();
  }

  /** Sends a request without running the loop. Returns its id. */
  long post(Request request, String payload) {
    return post(++lastRequest, request, payload);
  }

  long post(long requestId, Request request, String payload) {
    ByteBuf bytes =
        broker
            .buffers
            .directBuffer(Math.max(1, payload.length()))
            .writeBytes(payload.getBytes(StandardCharsets.ISO_8859_1));
    try {
      broker.conductor.onRequest(session, requestId, descriptor(request), request, bytes);
    } finally {
      bytes.release();
    }
    return requestId;
  }

  /** The descriptor in the frame's header. */
  private static long descriptor(Request request) {
    try {
      for (RecordComponent field : request.getClass().getRecordComponents()) {
        if (field.getName().equals("descriptor")) {
          return (long) field.getAccessor().invoke(request);
        }
      }
      return 0;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a request and runs the loop. Returns its id. */
  long begin(Request request) {
    return begin(request, "");
  }

  long begin(Request request, String payload) {
    long id = post(request, payload);
    broker.settle();
    return id;
  }

  /** The next part of a long send. */
  void more(long requestId, long descriptor, String payload) {
    post(requestId, new Request.SendMore(descriptor), payload);
    broker.settle();
  }

  /** Removes and returns the answer to a request; null before it has arrived. */
  Told answer(long requestId) {
    for (Told it : told) {
      if (it.requestId == requestId && it.message instanceof Reply) {
        told.remove(it);
        return it;
      }
    }
    return null;
  }

  Reply ask(Request request) {
    return ask(request, "").message instanceof Reply reply ? reply : null;
  }

  Told ask(Request request, String payload) {
    Told answer = answer(begin(request, payload));
    assertThat(answer).as("the answer to " + request).isNotNull();
    return answer;
  }

  <T extends Reply> T ask(Class<T> kind, Request request) {
    Reply reply = ask(request);
    assertThat(reply).as("the answer to " + request).isInstanceOf(kind);
    return kind.cast(reply);
  }

  /** The name of the errno with which a request is refused, or "ok". */
  String outcome(Request request) {
    return outcome(ask(request));
  }

  static String outcome(Reply reply) {
    return reply instanceof Reply.Error error ? error.error() : "ok";
  }

  /** The result of an operation that may still be waiting. */
  String outcome(long requestId) {
    Told answer = answer(requestId);
    return answer == null ? "waits" : text(answer);
  }

  private static String text(Told answer) {
    return switch (answer.message) {
      case Reply.Error error -> error.error() + (error.timedOut() ? " (own time)" : "");
      case Reply.Received received -> "'" + answer.bytes + "'";
      case Reply.Sent sent -> sent.count() == null ? "all" : sent.count() + " bytes";
      default -> "ok";
    };
  }

  /** Removes and returns all recorded messages, including replies, as short texts. */
  List<String> takeTold() {
    List<String> texts = new ArrayList<>();
    for (Told it : told) {
      texts.add(it.message instanceof Event event ? text(event) : text(it));
    }
    told.clear();
    return texts;
  }

  List<String> takeEvents() {
    List<String> texts = new ArrayList<>();
    told.removeIf(it -> it.message instanceof Event event && texts.add(text(event)));
    return texts;
  }

  /** The events that it got as a watcher since the last call. */
  List<Event.Happening> takeHappenings() {
    List<Event.Happening> taken = new ArrayList<>();
    told.removeIf(it -> it.message instanceof Event.Happening event && taken.add(event));
    return taken;
  }

  private static String text(Event event) {
    return switch (event) {
      case Event.Network it ->
          it.event() + (it.error() == 0 ? "" : "(" + Errno.name(it.error()) + ")");
      case Event.ObjectSignalled it -> "SIGNALLED " + it.object();
      case Event.Replaced it ->
          "REPLACED "
              + it.number()
              + " by "
              + it.pid()
              + (it.cancelled() ? " cancelled" : "")
              + (it.standby() ? ", stands by" : "");
      case Event.Promoted it -> "PROMOTED " + it.number() + " from " + it.formerNumber();
      case Event.StandbyEnded it -> "STANDBY_ENDED " + it.number() + " by " + it.pid();
      case Event.Revoked it -> "REVOKED " + it.descriptor();
      case Event.StreamEnded it ->
          "STREAM_ENDED " + it.direction() + " " + (it.error() == 0 ? 0 : Errno.name(it.error()));
      case Event.SendReady it -> "SEND_READY " + it.length();
      case Event.RingReady it -> "RING_READY " + it.descriptor();
      case Event.Stopping it -> "STOPPING";
      case Event.Happening it -> it.what() + (it.lost() == 0 ? "" : " after " + it.lost());
    };
  }

  List<Told> takeRaw() {
    List<Told> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  // Requests that many tests need.

  long open(Family family, SocketType type) {
    return ask(Reply.Opened.class, openRequest(family, type, null, null, null, 0)).descriptor();
  }

  static Request.Open openRequest(
      Family family, SocketType type, Address bind, Integer backlog, String name, long retain) {
    return Request.Open.of(family, type).boundTo(bind).listening(backlog).named(name, retain);
  }

  long tcp() {
    return open(Family.INET, SocketType.STREAM);
  }

  long udp() {
    return open(Family.INET, SocketType.DGRAM);
  }

  /** A listener on a port that the kernel chooses. */
  long listener(int backlog) {
    Address any = Address.inet(SimulatedKernel.HOST, 0);
    return ask(
            Reply.Opened.class, openRequest(Family.INET, SocketType.STREAM, any, backlog, null, 0))
        .descriptor();
  }

  Address local(long descriptor) {
    return ask(Reply.Addresses.class, new Request.GetAddresses(descriptor)).local();
  }

  long accept(long listener) {
    return ask(Reply.Opened.class, new Request.Accept(listener, 0L)).descriptor();
  }

  String receive(long descriptor, int length) {
    return outcome(begin(receiving(descriptor, length, 0L)));
  }

  String peek(long descriptor, int length) {
    return outcome(begin(new Request.Receive(descriptor, length, 0L, true, false)));
  }

  String receiveUrgent(long descriptor) {
    return outcome(begin(new Request.Receive(descriptor, 1, 0L, false, true)));
  }

  static Request.Receive receiving(long descriptor, int length, Long millis) {
    return new Request.Receive(descriptor, length, millis, false, false);
  }

  String send(long descriptor, String bytes) {
    return outcome(begin(sending(descriptor, 0L), bytes));
  }

  static Request.Send sending(long descriptor, Long millis) {
    return Request.Send.of(descriptor, millis);
  }

  /** Fills the buffers on the way to the peer. */
  void fill(long descriptor) {
    send(descriptor, "x".repeat(ReceiveQueue.CAPACITY + SimulatedTcp.SEND_CAPACITY));
    assertThat(send(descriptor, "x")).isEqualTo("EAGAIN");
  }

  long select(long descriptor, NetworkEvent... events) {
    return ask(
            Reply.Registered.class,
            new Request.AsyncSelect(descriptor, Set.copyOf(List.of(events))))
        .number();
  }

  /** Like {@link #select}, but as a future standby. */
  long selectStandby(long descriptor, NetworkEvent... events) {
    return ask(
            Reply.Registered.class,
            new Request.AsyncSelect(descriptor, Set.copyOf(List.of(events)), true, 0, false))
        .number();
  }

  /** Cancels its own registration. Returns the cancelled number, 0 for none. */
  long cancel(long descriptor, long number) {
    return ask(Reply.Registered.class, Request.AsyncSelect.cancel(descriptor, number)).cancelled();
  }

  /** Cancels any registration. Returns the cancelled number, 0 for none. */
  long cancelAny(long descriptor) {
    return ask(Reply.Registered.class, Request.AsyncSelect.cancelAny(descriptor)).cancelled();
  }

  long selectAll(long descriptor) {
    return ask(
            Reply.Registered.class,
            new Request.AsyncSelect(descriptor, EnumSet.allOf(NetworkEvent.class)))
        .number();
  }

  long eventObject() {
    return ask(Reply.EventObject.class, new Request.CreateEvent()).object();
  }

  long eventSelect(long descriptor, long object, NetworkEvent... events) {
    return ask(
            Reply.Registered.class,
            new Request.EventSelect(descriptor, Set.copyOf(List.of(events)), object))
        .number();
  }

  List<String> enumerate(long descriptor, long object) {
    return ask(Reply.NetworkEvents.class, new Request.EnumNetworkEvents(descriptor, object))
        .events()
        .stream()
        .map(it -> it.event() + (it.error() == 0 ? "" : "(" + Errno.name(it.error()) + ")"))
        .toList();
  }

  String tokenFor(long descriptor, RecordingSession target) {
    return ask(Reply.Duplicated.class, Request.Duplicate.toSession(descriptor, target.id()))
        .token();
  }

  long redeem(String token) {
    return ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
  }

  /** Another session's descriptor of the same socket. */
  long share(long descriptor, RecordingSession with) {
    return with.redeem(tokenFor(descriptor, with));
  }

  /** The same with fewer rights. */
  long share(long descriptor, RecordingSession with, Set<Right> rights) {
    Request token = Request.Duplicate.toSession(descriptor, with.id()).withRights(rights);
    return with.redeem(ask(Reply.Duplicated.class, token).token());
  }

  void close(long descriptor) {
    ask(Reply.Done.class, new Request.Close(descriptor));
  }

  Object set(long descriptor, String option, Object value) {
    return ask(Reply.Option.class, Request.SetOption.named(descriptor, option, value)).value();
  }

  Object get(long descriptor, String option) {
    return ask(Reply.Option.class, Request.GetOption.named(descriptor, option)).value();
  }

  // The other end, which does not belong to the broker.

  /** A connection to a listener of this session, from outside. */
  SimulatedTcp dial(long listener) {
    SimulatedTcp client = broker.kernel.tcp();
    client.connect(local(listener));
    client.finishConnect();
    broker.settle();
    return client;
  }

  static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }
}
