package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.protocol.Family.INET;
import static dev.sockbroker.protocol.NetworkEvent.CLOSE;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static dev.sockbroker.protocol.SocketType.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.RingMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A connection's bytes in shared memory. This test is the client's side. */
class RingsTest {
  private static final int SIZE = 4096;

  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long server = a.accept(listener);
  private final long shared = a.share(server, b);

  private RingMemory words;
  private SimulatedMemory memory;

  private void attach() {
    assertThat(a.ask(Reply.Ring.class, new Request.AttachRing(server, SIZE)))
        .isEqualTo(new Reply.Ring(SIZE, true, true));
    memory = broker.kernel.lastMemory();
    words = new RingMemory(memory.memory());
    broker.settle();
    a.takeTold();
  }

  private void peerSends(String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  private String peerReads() {
    StringBuilder all = new StringBuilder();
    var bytes = io.netty.buffer.Unpooled.buffer(SIZE, SIZE);
    while (peer.receive(bytes.clear(), SIZE, false, new KernelSocket.Arrival()) > 0) {
      all.append(bytes.toString(StandardCharsets.ISO_8859_1));
      broker.settle();
    }
    return all.toString();
  }

  /** The bytes that the broker has put in after the client's head. */
  private String readable() {
    int count = (int) (words.receiveTail() - words.receiveHead());
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] =
          memory.memory().get(RingMemory.WORDS_BYTES + (int) ((words.receiveHead() + i) % SIZE));
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private void take(int count) {
    words.receiveHead(words.receiveHead() + count);
    if (words.endTakeWatch(words.receiveHead())) {
      memory.ring();
    }
    broker.settle();
  }

  private void put(String text) {
    ByteBuffer area = memory.memory().slice(RingMemory.WORDS_BYTES + SIZE, SIZE);
    long tail = words.sendTail();
    for (byte it : text.getBytes(StandardCharsets.ISO_8859_1)) {
      area.put((int) (tail++ % SIZE), it);
    }
    words.sendTail(tail);
    if (words.endSendWatch(tail)) {
      memory.ring();
    }
    broker.settle();
  }

  @Test
  void shouldMoveBytesBothWays() {
    attach();
    peerSends("hello");
    assertThat(readable()).isEqualTo("hello");
    put("world");
    assertThat(peerReads()).isEqualTo("world");
    assertThat(words.sendHead()).isEqualTo(5);
  }

  @Test
  void shouldRingOnlyForWhoWaits() {
    attach();
    peerSends("one");
    assertThat(a.takeEvents()).isEmpty();
    words.watchData(words.receiveTail() + 1);
    peerSends("two");
    assertThat(a.takeEvents()).containsExactly("RING_READY " + server);
    peerSends("three");
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldRingOnceForWhoDoesNotReadItsDoorbell() {
    attach();
    a.stopReading();
    for (int i = 1; i <= 3; i++) {
      words.watchData(i);
      peerSends("x");
    }
    assertThat(a.takeEvents()).isEmpty();
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("RING_READY " + server);
  }

  @Test
  void shouldGoOnBehindAnUrgentByteWhenTheClientWaitsForIt() {
    attach();
    peerSends("hello");
    peer.send(RecordingSession.bytes("!"), null, true);
    peerSends("yo");
    assertThat(readable()).isEqualTo("hello");
    take(5);
    words.watchData(6);
    broker.pass(20);
    assertThat(readable()).isEqualTo("yo");
  }

  @Test
  void shouldNotWaitBehindARequestThatWasCancelled() {
    attach();
    long position = words.sendTail() + 100;
    long option = a.begin(Request.SetOption.named(server, "SO_KEEPALIVE", true).behind(position));
    long behind = a.begin(new Request.GetAddresses(server));
    a.ask(Reply.Done.class, new Request.Cancel(option));
    assertThat(a.outcome(option)).isEqualTo("ECANCELED");
    assertThat(a.outcome(behind)).isEqualTo("ok");
  }

  @Test
  void shouldGoOnWhenAFullRingHasRoom() {
    attach();
    String much = "x".repeat(SIZE);
    peerSends(much.substring(0, 2000));
    peerSends(much.substring(0, 2000));
    peerSends("y".repeat(500));
    assertThat(readable()).hasSize(SIZE);
    take(100);
    assertThat(readable()).as("a little room wakes nobody").hasSize(SIZE - 100);
    take(SIZE / 2);
    assertThat(readable()).endsWith("y".repeat(404)).hasSize(SIZE - 100 - SIZE / 2 + 404);
  }

  @Test
  void shouldLeaveToTheNextReceiverWhatWasNotTaken() {
    attach();
    peerSends("one two");
    words.receiveHead(4);
    assertThat(b.outcome(receiving(shared, 16, 0L))).isEqualTo("EBUSY");
    assertThat(b.outcome(new Request.AttachRing(shared, SIZE))).isEqualTo("EBUSY");
    a.ask(Reply.Done.class, new Request.DetachRing(server));
    peerSends(" three");
    assertThat(b.receive(shared, 16)).isEqualTo("'two'");
    assertThat(b.receive(shared, 16)).isEqualTo("' three'");
    assertThat(memory.isClosed()).isTrue();
  }

  @Test
  void shouldSendWhatWasPutInThoughTheClientIsGone() {
    attach();
    put("x".repeat(SIZE));
    put("y".repeat((int) (words.sendHead())));
    assertThat(words.sendHead()).as("the way is full").isLessThan(2 * SIZE);
    String waits = "x".repeat(SIZE) + "y".repeat((int) (words.sendTail() - SIZE));
    b.close(shared);
    a.end();
    broker.settle();
    assertThat(memory.isClosed()).isFalse();
    assertThat(peerReads()).isEqualTo(waits);
    assertThat(memory.isClosed()).isTrue();
    assertThat(broker.counts().sockets()).as("closed when it was empty").isZero();
  }

  @Test
  void shouldCloseOnceASocketWhoseRingNeverDrains() {
    attach();
    a.ask(Reply.Done.class, Request.Name.of(server, "chat", 1000));
    put("x".repeat(SIZE));
    put("y".repeat((int) words.sendHead()));
    b.close(shared);
    b.ask(Reply.Done.class, new Request.Watch(true));
    a.end();
    broker.pass(1000);
    assertThat(broker.counts().sockets()).as("it still sends").isEqualTo(1);
    b.takeEvents();
    broker.pass(60_000);
    assertThat(memory.isClosed()).isTrue();
    assertThat(b.takeEvents()).containsOnlyOnce("SOCKET_CLOSED");

    Request named = RecordingSession.openRequest(INET, STREAM, null, null, "chat", 0);
    b.ask(Reply.Opened.class, named);
    broker.pass(60_000);
    assertThat(b.takeEvents()).as("of the socket that has gone").doesNotContain("SOCKET_CLOSED");
    assertThat(b.outcome(new Request.Attach("chat"))).isEqualTo("ok");
  }

  @Test
  void shouldHoldFramesBehindWhatARingHasLeft() {
    attach();
    put("x".repeat(SIZE));
    put("y".repeat((int) words.sendHead()));
    String waits = "x".repeat(SIZE) + "y".repeat((int) (words.sendTail() - SIZE));
    a.ask(Reply.Done.class, new Request.DetachRing(server));
    long send = b.begin(RecordingSession.sending(shared, Request.FOREVER), "z");
    assertThat(b.outcome(RecordingSession.sending(shared, 0L))).isEqualTo("EAGAIN");
    assertThat(peerReads()).isEqualTo(waits + "z");
    assertThat(b.outcome(send)).isEqualTo("all");
  }

  @Test
  void shouldPutRequestsBehindTheBytesBeforeThem() {
    attach();
    put("x".repeat(SIZE));
    put("y".repeat((int) words.sendHead()));
    String waits = "x".repeat(SIZE) + "y".repeat((int) (words.sendTail() - SIZE));
    long shutdown = a.begin(new Request.Shutdown(server, Direction.SEND, words.sendTail()));
    long behind = a.begin(new Request.GetAddresses(server));
    assertThat(a.answer(shutdown)).isNull();
    assertThat(a.answer(behind)).isNull();
    // with its bytes, which nobody would store
    assertThat(a.outcome(RecordingSession.sending(server, 0L))).isEqualTo("EBUSY");
    a.ask(Reply.Done.class, new Request.Cancel(behind));
    assertThat(a.outcome(behind)).isEqualTo("ECANCELED");
    assertThat(peerReads()).isEqualTo(waits);
    assertThat(a.outcome(shutdown)).isEqualTo("ok");
  }

  /** Fills the ring and the buffers on the way to the peer. */
  private void fillRing() {
    put("x".repeat(SIZE));
    put("y".repeat((int) words.sendHead()));
    assertThat(words.sendHead()).as("the way is full").isLessThan(words.sendTail());
  }

  private long hold(Long position) {
    return a.begin(Request.SetOption.named(server, "SO_KEEPALIVE", true).behind(position));
  }

  /** The number of replies to each of these requests. */
  private List<Integer> replies(List<Long> requests) {
    List<RecordingSession.Told> told = a.takeRaw();
    return requests.stream()
        .map(id -> (int) told.stream().filter(it -> it.requestId() == id).count())
        .toList();
  }

  @Test
  void shouldAnswerEachOfAnyNumberOfHeldRequestsOnce() {
    attach();
    fillRing();
    List<Long> requests = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      requests.add(hold(words.sendTail()));
    }
    peerReads();
    assertThat(replies(requests)).containsOnly(1);
    assertThat(broker.counts().waitingOperations()).isZero();
  }

  @Test
  void shouldStopSendingWhereAHeldRequestHasItsTurn() {
    attach();
    fillRing();
    String before = "x".repeat(SIZE) + "y".repeat((int) (words.sendTail() - SIZE));
    long shutdown = a.begin(new Request.Shutdown(server, Direction.SEND, words.sendTail()));
    peer.receive(io.netty.buffer.Unpooled.buffer(100), 100, false, new KernelSocket.Arrival());
    broker.settle();
    put("z".repeat((int) (SIZE - words.sendTail() + words.sendHead())));
    assertThat(peerReads()).isEqualTo(before.substring(100));
    assertThat(a.outcome(shutdown)).isEqualTo("ok");
    assertThat(words.sendEnd()).isEqualTo(Errno.EPIPE);
  }

  @Test
  void shouldAnswerWhatIsHeldWhenTheConnectionDies() {
    attach();
    fillRing();
    long option = hold(words.sendTail());
    long close = a.begin(new Request.Close(server));
    long behind = hold(words.sendTail());
    peer.reset();
    broker.settle();
    assertThat(a.outcome(option)).isEqualTo("ok");
    assertThat(a.outcome(close)).isEqualTo("ok");
    assertThat(a.outcome(behind)).isEqualTo("EBADF");
    assertThat(memory.isClosed()).isTrue();
    assertThat(a.takeTold()).doesNotContain("ok", "EBADF", "EIO");
  }

  @Test
  void shouldAnswerWhatIsHeldBehindADetach() {
    attach();
    fillRing();
    String all = "x".repeat(SIZE) + "y".repeat((int) (words.sendTail() - SIZE));
    long first = hold(words.sendHead() + 1);
    long detach = a.begin(new Request.DetachRing(server));
    long behindBytes = hold(words.sendTail());
    long again = a.begin(new Request.DetachRing(server));
    assertThat(peerReads()).isEqualTo(all);
    assertThat(a.outcome(first)).isEqualTo("ok");
    assertThat(a.outcome(detach)).isEqualTo("ok");
    assertThat(a.outcome(behindBytes)).isEqualTo("ok");
    assertThat(a.outcome(again)).isEqualTo("EINVAL");
    assertThat(memory.isClosed()).isTrue();
  }

  @Test
  void shouldAnswerWhatIsHeldWhenItsDescriptorIsRevoked() {
    RecordingSession administrator = broker.administrator(12);
    attach();
    fillRing();
    long option = hold(words.sendTail());
    administrator.ask(Reply.Done.class, new Request.RevokeDescriptor(server, false));
    b.close(shared);
    broker.pass(60_000);
    assertThat(a.outcome(option)).isEqualTo("EBADF");
    assertThat(memory.isClosed()).isTrue();
    assertThat(broker.counts().waitingOperations()).isZero();
  }

  @Test
  void shouldAnswerWhatIsHeldWhenAnotherHolderEndsSending() {
    attach();
    fillRing();
    long option = hold(words.sendTail());
    b.ask(Reply.Done.class, new Request.Shutdown(shared, Direction.SEND));
    assertThat(words.sendEnd()).isEqualTo(Errno.EPIPE);
    assertThat(a.outcome(option)).isEqualTo("ok");
  }

  @Test
  void shouldForgetWhatASessionThatEndedHeld() {
    attach();
    fillRing();
    hold(words.sendTail());
    a.begin(new Request.Close(server));
    a.end();
    peerReads();
    b.end();
    broker.assertEmpty();
    assertThat(memory.isClosed()).isTrue();
  }

  @Test
  void shouldReportAgainWhenTheClientHasTaken() {
    attach();
    a.select(server, READ, CLOSE);
    peerSends("12345");
    assertThat(a.takeEvents()).containsExactly("READ");
    peerSends("6");
    assertThat(a.takeEvents()).isEmpty();
    take(2);
    assertThat(a.takeEvents()).containsExactly("READ");
    peer.shutdown(Direction.SEND);
    broker.settle();
    assertThat(words.receiveEnd()).isEqualTo(RingMemory.ENDED);
    assertThat(a.takeEvents()).isEmpty();
    take(4);
    assertThat(a.takeEvents()).containsExactly("CLOSE");
  }

  @Test
  void shouldServeWhoWaitsBeforeTheRegistrant() {
    attach();
    b.select(shared, READ);
    words.watchData(1);
    peerSends("12");
    assertThat(b.takeEvents()).isEmpty();
    take(1);
    assertThat(b.takeEvents()).as("what it did not take").containsExactly("READ");
  }

  @Test
  void shouldEndTheSessionOfWhoWritesNonsense() {
    attach();
    peerSends("12345");
    words.receiveHead(6);
    memory.ring();
    broker.settle();
    assertThat(a.isClosed()).isTrue();
    assertThat(memory.isClosed()).isTrue();
    assertThat(b.receive(shared, 16)).as("nothing is lost by it").isEqualTo("'12345'");
  }

  @Test
  void shouldNotBelieveATailBeyondTheRing() {
    attach();
    words.sendTail(SIZE + 1);
    memory.ring();
    broker.settle();
    assertThat(a.isClosed()).isTrue();
    assertThat(peerReads()).isEmpty();
  }

  @Test
  void shouldRefuseWhatCannotBe() {
    assertThat(a.outcome(new Request.AttachRing(server, 5000))).isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.AttachRing(listener, SIZE))).isEqualTo("ENOTCONN");
    assertThat(a.outcome(new Request.AttachRing(a.udp(), SIZE))).isEqualTo("EOPNOTSUPP");
    assertThat(a.outcome(new Request.DetachRing(server))).isEqualTo("EINVAL");
    long waiting = b.begin(receiving(shared, 16, Request.FOREVER));
    assertThat(a.outcome(new Request.AttachRing(server, SIZE))).isEqualTo("EBUSY");
    b.ask(Reply.Done.class, new Request.Cancel(waiting));
    a.endFdConnection();
    assertThat(a.outcome(new Request.AttachRing(server, SIZE))).isEqualTo("ENOTCONN");
    assertThat(broker.counts().rings()).isZero();
  }

  @Test
  void shouldBoundTheMemory() {
    int most = Limits.DEFAULT.of(Level.SESSION, Resource.RING_BYTES);
    assertThat(a.outcome(new Request.AttachRing(server, most))).isEqualTo("ENOBUFS");
    attach();
    assertThat(broker.counts().ringBytes()).isEqualTo(2 * SIZE);
    a.close(server);
    assertThat(broker.counts().ringBytes()).isZero();
  }

  @Test
  void shouldGoEachDirectionByItsRight() {
    Request narrow = Request.Duplicate.toPid(server, 11).withRights(EnumSet.of(Right.SEND));
    long sender = b.redeem(a.ask(Reply.Duplicated.class, narrow).token());
    assertThat(b.ask(Reply.Ring.class, new Request.AttachRing(sender, SIZE)))
        .isEqualTo(new Reply.Ring(SIZE, false, true));
    peerSends("frames still");
    assertThat(a.receive(server, 16)).isEqualTo("'frames still'");
    assertThat(a.outcome(RecordingSession.sending(server, 0L))).isEqualTo("EBUSY");
  }

  @Test
  void shouldReportWriteWhenTheKernelHasRoomAgain() {
    attach();
    a.select(server, WRITE);
    assertThat(a.takeEvents()).containsExactly("WRITE");
    while (words.sendHead() == words.sendTail()) {
      put("x".repeat(SIZE / 4));
    }
    assertThat(a.takeEvents()).isEmpty();
    peerReads();
    assertThat(a.takeEvents()).containsExactly("WRITE");
  }
}
