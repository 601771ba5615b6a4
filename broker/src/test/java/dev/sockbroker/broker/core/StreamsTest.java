package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.protocol.NetworkEvent.CLOSE;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** A connection's bytes on a connection of their own. This test is the client's side. */
class StreamsTest {
  private static final int BUFFER = 1 << 16;

  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long server = a.accept(listener);
  private final long shared = a.share(server, b);

  /** The client's end of the stream. */
  private SimulatedTcp stream;

  private void attach() {
    stream = connect(a.ask(Reply.Stream.class, new Request.AttachStream(server)).key());
    a.takeTold();
  }

  /** Returns the client's end. */
  private SimulatedTcp connect(String key) {
    return connect(key, "");
  }

  private SimulatedTcp connect(String key, String early) {
    SimulatedTcp[] pair = broker.kernel.pair();
    hello(key, 10).accept(pair[0], RecordingSession.bytes(early));
    broker.settle();
    return pair[1];
  }

  private BiConsumer<KernelSocket, ByteBuf> hello(String key, int pid) {
    return broker.conductor.onStreamHello(key, new Identity(pid, 1000));
  }

  private void peerSends(String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  private void write(String text) {
    stream.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  private String peerReads() {
    return reads(peer);
  }

  private String read() {
    return reads(stream);
  }

  /** Reads everything that comes; "." is the end. */
  private String reads(SimulatedTcp from) {
    StringBuilder all = new StringBuilder();
    ByteBuf bytes = Unpooled.buffer(BUFFER, BUFFER);
    KernelSocket.Arrival arrival = new KernelSocket.Arrival();
    int count = from.receive(bytes.clear(), BUFFER, false, arrival);
    while (count > 0) {
      all.append(bytes.toString(StandardCharsets.ISO_8859_1));
      broker.settle();
      count = from.receive(bytes.clear(), BUFFER, false, arrival);
    }
    return count == 0 ? all + "." : all.toString();
  }

  /**
   * Writes more than the socket takes, so that the broker keeps some and the rest waits in the
   * connection. Returns what was written.
   */
  private String fill() {
    String part = "0123456789".repeat(50);
    for (int i = 0; i < 12; i++) {
      write(part);
    }
    assertThat(streamBytes()).as("the way is full").isPositive();
    return part.repeat(12);
  }

  private long streamBytes() {
    return broker
        .conductor
        .sockets
        .sockets()
        .firstEntry()
        .getValue()
        .account()
        .used(Resource.STREAM_BYTES);
  }

  @Test
  void shouldMoveBytesBothWays() {
    attach();
    peerSends("hello");
    assertThat(read()).isEqualTo("hello");
    write("world");
    assertThat(peerReads()).isEqualTo("world");
    assertThat(broker.counts().streams()).isEqualTo(1);
  }

  @Test
  void shouldSendWhatCameBehindTheHello() {
    String key = a.ask(Reply.Stream.class, new Request.AttachStream(server)).key();
    stream = connect(key, "early ");
    write("late");
    assertThat(peerReads()).isEqualTo("early late");
    assertThat(streamBytes()).isZero();
  }

  @Test
  void shouldTakeAKeyOnceAndOnlyFromItsProcess() {
    String key = a.ask(Reply.Stream.class, new Request.AttachStream(server)).key();
    assertThat(hello(key, 11)).as("another process").isNull();
    assertThat(hello("x" + key, 10)).as("another key").isNull();
    assertThat(hello(key, 10)).isNotNull();
    assertThat(hello(key, 10)).as("used").isNull();
  }

  @Test
  void shouldForgetTheKeyOfAStreamThatHasEnded() {
    String key = a.ask(Reply.Stream.class, new Request.AttachStream(server)).key();
    a.ask(Reply.Done.class, new Request.DetachStream(server));
    assertThat(hello(key, 10)).isNull();
    assertThat(broker.counts().streams()).isZero();
  }

  @Test
  void shouldOccupyItsDirections() {
    attach();
    assertThat(b.outcome(receiving(shared, 16, 0L))).isEqualTo("EBUSY");
    assertThat(b.outcome(RecordingSession.sending(shared, 0L))).isEqualTo("EBUSY");
    assertThat(b.outcome(new Request.AttachStream(shared))).isEqualTo("EBUSY");
    assertThat(b.outcome(new Request.AttachRing(shared, 4096))).isEqualTo("EBUSY");
    a.ask(Reply.Done.class, new Request.DetachStream(server));
    assertThat(b.outcome(receiving(shared, 16, 0L))).isEqualTo("EAGAIN");
    assertThat(b.outcome(RecordingSession.sending(shared, 0L))).isEqualTo("ok");
  }

  @Test
  void shouldNotAttachWhereSomebodyWaits() {
    long waits = b.begin(receiving(shared, 16, -1L));
    assertThat(a.outcome(new Request.AttachStream(server))).isEqualTo("EBUSY");
    b.ask(Reply.Done.class, new Request.Cancel(waits));
    assertThat(a.outcome(new Request.AttachStream(server))).isEqualTo("ok");
  }

  @Test
  void shouldServeOnlyTheDirectionsOfTheRights() {
    Set<Right> rights = EnumSet.of(Right.RECV);
    long receiver = a.share(server, b, rights);
    Reply.Stream attached = b.ask(Reply.Stream.class, new Request.AttachStream(receiver));
    assertThat(attached.receive()).isTrue();
    assertThat(attached.send()).isFalse();
    assertThat(a.outcome(RecordingSession.sending(server, 0L))).isEqualTo("ok");
    assertThat(a.outcome(receiving(server, 16, 0L))).isEqualTo("EBUSY");
    long neither = a.share(server, b, EnumSet.of(Right.GETOPT));
    assertThat(b.outcome(new Request.AttachStream(neither))).isEqualTo("EPERM");
  }

  @Test
  void shouldCountWhatWasPassedOnAsReceived() {
    attach();
    b.select(shared, READ, CLOSE);
    b.takeEvents();
    peerSends("hello");
    assertThat(b.takeEvents()).isEmpty();
    // nobody reads, so the connection gets full, and the rest is data that nobody has received
    for (int i = 0; i < 20; i++) {
      peerSends("x".repeat(500));
    }
    assertThat(b.takeEvents()).containsExactly("READ");
    assertThat(read()).hasSizeGreaterThan(5);
    for (int i = 0; i < 20; i++) {
      peerSends("x".repeat(500));
    }
    assertThat(b.takeEvents()).as("enabled again, because more was passed on").contains("READ");
  }

  @Test
  void shouldLeaveToTheNextReceiverWhatItDidNotPassOn() {
    attach();
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      String part = (i + "-").repeat(100);
      int count = peer.send(RecordingSession.bytes(part), null, false);
      sent.append(part, 0, Math.max(0, count));
      broker.settle();
    }
    a.ask(Reply.Done.class, new Request.DetachStream(server));
    String passedOn = read();
    assertThat(passedOn).as("and then the end").endsWith(".");
    StringBuilder all = new StringBuilder(passedOn.substring(0, passedOn.length() - 1));
    while (all.length() < sent.length()) {
      String part = b.receive(shared, 1000);
      all.append(part, 1, part.length() - 1);
    }
    assertThat(all.toString()).isEqualTo(sent.toString());
    assertThat(streamBytes()).isZero();
  }

  @Test
  void shouldNotKeepBytesBeyondTheLimit() {
    TestBroker small =
        new TestBroker(Limits.DEFAULT.with(Level.SESSION.nameOf(Resource.STREAM_BYTES), 100));
    RecordingSession session = small.connect(10);
    long waiting = session.listener(8);
    SimulatedTcp other = session.dial(waiting);
    long accepted = session.accept(waiting);
    String key = session.ask(Reply.Stream.class, new Request.AttachStream(accepted)).key();
    SimulatedTcp[] pair = small.kernel.pair();
    small
        .conductor
        .onStreamHello(key, new Identity(10, 1000))
        .accept(pair[0], Unpooled.EMPTY_BUFFER);
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      String part = (i + "+").repeat(100);
      int count = other.send(RecordingSession.bytes(part), null, false);
      sent.append(part, 0, Math.max(0, count));
      small.settle();
    }
    assertThat(session.session.account().used(Resource.STREAM_BYTES)).isZero();
    StringBuilder all = new StringBuilder();
    ByteBuf bytes = Unpooled.buffer(BUFFER, BUFFER);
    while (pair[1].receive(bytes.clear(), BUFFER, false, new KernelSocket.Arrival()) > 0) {
      all.append(bytes.toString(StandardCharsets.ISO_8859_1));
      small.settle();
    }
    assertThat(all.toString()).isEqualTo(sent.toString());
  }

  @Test
  void shouldSendWhatWasWrittenThoughTheClientIsGone() {
    attach();
    String written = fill();
    long send = b.begin(RecordingSession.sending(shared, Request.FOREVER), "z");
    assertThat(b.outcome(send)).isEqualTo("EBUSY");
    a.end();
    broker.settle();
    long behind = b.begin(RecordingSession.sending(shared, Request.FOREVER), "z");
    assertThat(b.answer(behind)).isNull();
    stream.close();
    assertThat(peerReads()).isEqualTo(written + "z");
    assertThat(b.outcome(behind)).isEqualTo("all");
    assertThat(broker.counts().streams()).isZero();
  }

  @Test
  void shouldCloseASocketThatNobodyHoldsWhenAllWasSent() {
    attach();
    String written = fill();
    b.close(shared);
    a.end();
    stream.close();
    broker.settle();
    assertThat(peerReads()).isEqualTo(written + ".");
    broker.settle();
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldPutRequestsBehindTheBytesBeforeThem() {
    attach();
    String written = fill();
    long shutdown =
        a.begin(new Request.Shutdown(server, Direction.SEND, (long) written.length() + 3));
    long behind = a.begin(new Request.GetAddresses(server));
    assertThat(a.answer(shutdown)).isNull();
    assertThat(peerReads()).isEqualTo(written);
    assertThat(a.answer(shutdown)).as("three more").isNull();
    write("end");
    assertThat(a.outcome(shutdown)).isEqualTo("ok");
    assertThat(a.outcome(behind)).isEqualTo("ok");
    assertThat(peerReads()).isEqualTo("end.");
    assertThat(a.takeEvents()).containsExactly("STREAM_ENDED SEND EPIPE");
  }

  @Test
  void shouldStopSendingWhereAHeldRequestHasItsTurn() {
    attach();
    long shutdown = a.begin(new Request.Shutdown(server, Direction.SEND, 3L));
    write("abcdef");
    assertThat(a.outcome(shutdown)).isEqualTo("ok");
    assertThat(peerReads()).isEqualTo("abc.");
    assertThat(streamBytes()).isZero();
  }

  @Test
  void shouldReportTheEndAfterAllBytes() {
    attach();
    peerSends("bye");
    peer.close();
    broker.settle();
    assertThat(read()).isEqualTo("bye.");
    assertThat(a.takeEvents()).containsExactly("STREAM_ENDED RECEIVE 0");
  }

  @Test
  void shouldReportAReset() {
    attach();
    peer.reset();
    broker.settle();
    assertThat(read()).isEqualTo(".");
    assertThat(a.takeEvents()).containsExactly("STREAM_ENDED RECEIVE ECONNRESET");
  }

  @Test
  void shouldReportTheEndToAClientThatReadsLater() {
    attach();
    a.stopReading();
    peer.close();
    broker.settle();
    assertThat(a.takeEvents()).isEmpty();
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("STREAM_ENDED RECEIVE 0");
  }

  @Test
  void shouldEnableWriteWhenTheSocketIsFull() {
    attach();
    b.select(shared, WRITE);
    b.takeEvents();
    fill();
    peerReads();
    assertThat(b.takeEvents()).contains("WRITE");
  }

  @Test
  void shouldAttachAStreamToAnAcceptedConnection() {
    SimulatedTcp other = a.dial(listener);
    Reply.Opened accepted = a.ask(Reply.Opened.class, new Request.Accept(listener, 0L, true, 0));
    SimulatedTcp end = connect(accepted.stream());
    other.send(RecordingSession.bytes("hello"), null, false);
    broker.settle();
    assertThat(reads(end)).isEqualTo("hello");
  }

  @Test
  void shouldContinueInAnotherBroker() {
    attach();
    String written = fill();
    peerSends("hello");
    broker.handOver(a, b);
    broker.settle();
    assertThat(read()).isEqualTo("hello");
    assertThat(peerReads()).isEqualTo(written);
    write("more");
    peerSends("more");
    assertThat(peerReads()).isEqualTo("more");
    assertThat(read()).isEqualTo("more");
    assertThat(broker.counts().streams()).isEqualTo(1);
  }

  @Test
  void shouldKeepAKeyForTheNextBroker() {
    String key = a.ask(Reply.Stream.class, new Request.AttachStream(server)).key();
    broker.handOver(a, b);
    stream = connect(key);
    peerSends("hello");
    assertThat(read()).isEqualTo("hello");
  }

  @Test
  void shouldDrainInAnotherBroker() {
    attach();
    String written = fill();
    a.ask(Reply.Done.class, new Request.DetachStream(server));
    broker.handOver(a, b);
    long behind = b.begin(RecordingSession.sending(shared, Request.FOREVER), "z");
    assertThat(b.answer(behind)).isNull();
    assertThat(peerReads()).isEqualTo(written + "z");
    assertThat(broker.counts().streams()).isZero();
  }
}
