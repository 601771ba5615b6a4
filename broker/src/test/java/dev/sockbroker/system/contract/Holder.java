package dev.sockbroker.system.contract;

import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** A descriptor of A, B or C. Each method is a step of the scene. */
final class Holder {
  /** The size of a piece when a scenario sends until the kernel takes no more. */
  private static final int FILL_BYTES = 64 << 10;

  private static final Duration SOON = Duration.ofSeconds(30);

  private final Actor actor;
  private final String label;
  private final Reply.Opened opened;

  Holder(Actor actor, String label, Reply.Opened opened) {
    this.actor = actor;
    this.label = label;
    this.opened = opened;
  }

  Actor actor() {
    return actor;
  }

  String label() {
    return label;
  }

  long id() {
    return opened.descriptor();
  }

  long socket() {
    return opened.socket();
  }

  Reply.Opened opened() {
    return opened;
  }

  /** Registers in the form of the setting. The scene checks the events from now on. */
  Step reg(NetworkEvent... events) {
    return reg(set(events));
  }

  Step reg(Set<NetworkEvent> events) {
    return reg(events, false);
  }

  /** Like {@link #reg}, as a future standby. */
  Step regStandby(NetworkEvent... events) {
    return reg(set(events), true);
  }

  private Step reg(Set<NetworkEvent> events, boolean standby) {
    boolean eventForm = isEventForm();
    Step step =
        eventForm
            ? ask(new Request.EventSelect(id(), events, actor.object(), standby, 0, false))
            : ask(new Request.AsyncSelect(id(), events, standby, 0, false));
    actor.scene().registered(this, eventForm);
    return step;
  }

  /** Cancels any registration: mask 0. */
  Step cancelAny() {
    Step step =
        ask(
            isEventForm()
                ? Request.EventSelect.cancelAny(id())
                : Request.AsyncSelect.cancelAny(id()));
    actor.scene().registered(this, false);
    return step;
  }

  /** Cancels its own registration. Recorded events are still checked. */
  Step cancel(long number) {
    return ask(
        isEventForm()
            ? Request.EventSelect.cancel(id(), number)
            : Request.AsyncSelect.cancel(id(), number));
  }

  private boolean isEventForm() {
    return actor.scene().setting().eventForm();
  }

  Step asyncSelect(Set<NetworkEvent> events) {
    return ask(new Request.AsyncSelect(id(), events));
  }

  Step eventSelect(Set<NetworkEvent> events, long object) {
    return ask(new Request.EventSelect(id(), events, object));
  }

  Step enumerate(long object) {
    return ask(new Request.EnumNetworkEvents(id(), object));
  }

  /** Receives according to the socket's mode. */
  Step recv(int length) {
    return ask(Request.Receive.of(id(), length));
  }

  Step recvNow(int length) {
    return ask(new Request.Receive(id(), length, 0L, false, false));
  }

  Step peek(int length) {
    return ask(new Request.Receive(id(), length, null, true, false));
  }

  Step recvOob() {
    return ask(new Request.Receive(id(), 1, null, false, true));
  }

  Waiting waitRecv(int length) {
    return waitRecv(length, Request.FOREVER);
  }

  Waiting waitRecv(int length, Long millis) {
    return begin(new Request.Receive(id(), length, millis, false, false));
  }

  Waiting waitPeek(int length) {
    return begin(new Request.Receive(id(), length, Request.FOREVER, true, false));
  }

  Step send(String bytes) {
    return send(bytes.getBytes(StandardCharsets.UTF_8), null, false);
  }

  Step sendTo(Address to, String bytes) {
    return send(bytes.getBytes(StandardCharsets.UTF_8), to, false);
  }

  Step sendOob(String bytes) {
    return send(bytes.getBytes(StandardCharsets.UTF_8), null, true);
  }

  Step sendNow(String bytes) {
    return send(bytes.getBytes(StandardCharsets.UTF_8), Request.Send.of(id(), 0L));
  }

  Waiting waitSendTo(Address to, String bytes) {
    Request request = new Request.Send(id(), null, to, false, Request.FOREVER);
    return actor.begin(request, bytes.getBytes(StandardCharsets.UTF_8));
  }

  /** Part of a step: sends without waiting. Returns whether there was room. */
  boolean takesNow(Address to, String bytes) {
    Request request = new Request.Send(id(), null, to, false, 0L);
    byte[] payload = bytes.getBytes(StandardCharsets.UTF_8);
    Reply reply = WireSession.await(actor.session().begin(request, payload)).reply();
    if (reply instanceof Reply.Error it && it.errno() != Errno.EAGAIN) {
      throw new AssertionError(label + " sends: " + it);
    }
    return reply instanceof Reply.Sent;
  }

  private Step send(byte[] bytes, Address to, boolean oob) {
    return send(bytes, new Request.Send(id(), null, to, oob, null));
  }

  private Step send(byte[] bytes, Request request) {
    return actor
        .scene()
        .step(
            actor,
            label + ": send " + bytes.length,
            () -> WireSession.await(actor.session().begin(request, bytes)));
  }

  Waiting waitSend(byte[] bytes, long millis) {
    return actor.begin(new Request.Send(id(), (long) bytes.length, null, false, millis), bytes);
  }

  /** Sends without waiting until the kernel takes no more. Returns the number of bytes taken. */
  long fill() {
    byte[] part = new byte[FILL_BYTES];
    Arrays.fill(part, (byte) 'f');
    long taken = 0;
    Request request = Request.Send.of(id(), 0L);
    actor.scene().beginStep(label + ": send until EAGAIN");
    while (true) {
      Reply reply = WireSession.await(actor.session().begin(request, part)).reply();
      if (reply instanceof Reply.Sent sent) {
        taken += sent.count() == null ? part.length : sent.count();
      } else if (reply instanceof Reply.Error it && it.errno() == Errno.EAGAIN) {
        return taken;
      } else {
        throw new AssertionError("send until EAGAIN: " + reply);
      }
    }
  }

  /** Part of a step: waits until no stream occupies receiving. */
  void awaitNoStream() {
    Request peek = new Request.Receive(id(), 1, 0L, true, false);
    await()
        .atMost(SOON)
        .until(
            () ->
                !(actor.session().ask(peek).reply() instanceof Reply.Error it)
                    || it.errno() != Errno.EBUSY);
  }

  /** Attaches a stream. Returns its key. */
  String attachStream() {
    return ask(new Request.AttachStream(id())).as(Reply.Stream.class).key();
  }

  /** Attaches a stream and connects it. Returns the worker's end. */
  Peer stream() {
    return Peer.stream(actor, attachStream());
  }

  Step accept() {
    return ask(new Request.Accept(id(), null));
  }

  Waiting waitAccept() {
    return begin(new Request.Accept(id(), Request.FOREVER));
  }

  Step bind(Address address) {
    return ask(new Request.Bind(id(), address));
  }

  Step listen(int backlog) {
    return ask(new Request.Listen(id(), backlog));
  }

  Step connect(Address address) {
    return ask(new Request.Connect(id(), address, null));
  }

  Step connectNow(Address address) {
    return ask(new Request.Connect(id(), address, 0L));
  }

  Waiting waitConnect(Address address, long millis) {
    return begin(new Request.Connect(id(), address, millis));
  }

  Step shutdown(Direction how) {
    return ask(new Request.Shutdown(id(), how));
  }

  Step get(String option) {
    return ask(Request.GetOption.named(id(), option));
  }

  Step set(String option, Object value) {
    return ask(Request.SetOption.named(id(), option, value));
  }

  /** Frees the descriptor. */
  Step close() {
    Step step = ask(new Request.Close(id()));
    actor.scene().closed(this);
    return step;
  }

  Address local() {
    return addresses().local();
  }

  Address peer() {
    return addresses().peer();
  }

  private Reply.Addresses addresses() {
    return (Reply.Addresses) actor.session().ask(new Request.GetAddresses(id())).reply();
  }

  /** A token for a process. */
  Step duplicate(int pid, Set<Right> rights) {
    return ask(Request.Duplicate.toPid(id(), pid).withRights(rights));
  }

  /** A token for a session. */
  Step duplicateForSession(Actor target) {
    return ask(Request.Duplicate.toSession(id(), target.sessionId()));
  }

  /** A token for every process of a user. */
  Step duplicateForUser(long uid, Long expiryMillis) {
    return ask(Request.Duplicate.toUid(id(), uid).expiringIn(expiryMillis));
  }

  /** The text of a token for an actor's process. */
  String tokenFor(Actor target) {
    return duplicate(target.pid(), null).as(Reply.Duplicated.class).token();
  }

  /** Duplicates to another actor, which redeems the token. */
  Holder share(Actor target) {
    return share(target, target.name());
  }

  Holder share(Actor target, String newLabel) {
    return target.redeem(tokenFor(target)).holder(newLabel);
  }

  /** Any request about this descriptor. */
  Step ask(Request request) {
    return actor.scene().step(actor, label + ": " + request, () -> actor.session().ask(request));
  }

  private Waiting begin(Request request) {
    return actor.begin(request, new byte[0]);
  }

  private static Set<NetworkEvent> set(NetworkEvent... events) {
    Set<NetworkEvent> set = EnumSet.noneOf(NetworkEvent.class);
    set.addAll(Arrays.asList(events));
    return set;
  }
}
