package dev.sockbroker.broker.core;

import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Accepts that take further connections ahead (rule 74). */
class AcceptAheadTest {
  private final TestBroker broker =
      new TestBroker(Limits.DEFAULT.with("session-descriptors", 8).with("descriptors", 100));
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(64);
  private final Address address = a.local(listener);
  private final long shared = a.share(listener, b);
  private final List<SimulatedTcp> clients = new ArrayList<>();

  /** Clients connect. Each sends its number, which says who gets its connection. */
  private void dial(int count) {
    for (int i = 0; i < count; i++) {
      SimulatedTcp client = a.dial(listener);
      client.send(RecordingSession.bytes(String.valueOf(clients.size())), null, false);
      clients.add(client);
    }
    broker.settle();
  }

  /** Connects without asking a session for the address. */
  private void dialFromOutside(int count) {
    for (int i = 0; i < count; i++) {
      SimulatedTcp client = broker.kernel.tcp();
      client.connect(address);
      client.finishConnect();
      broker.settle();
    }
  }

  private static Request.Accept accept(long by, int ahead) {
    return new Request.Accept(by, 0L, false, ahead);
  }

  /** Accepts, and returns all the descriptors in the reply. */
  private static List<Long> take(RecordingSession session, long by, int ahead) {
    Reply.Opened first = session.ask(Reply.Opened.class, accept(by, ahead));
    List<Long> taken = new ArrayList<>(List.of(first.descriptor()));
    if (first.ahead() != null) {
      first.ahead().forEach(it -> taken.add(it.descriptor()));
    }
    return taken;
  }

  private static Request giveBack(long descriptor) {
    return new Request.Close(descriptor, true);
  }

  private String numberOf(RecordingSession session, long connection) {
    return session.receive(connection, 9);
  }

  @Test
  void shouldTakeWhatWaitsInItsOrder() {
    dial(3);
    List<Long> taken = take(a, listener, 15);
    assertThat(taken).hasSize(3);
    assertThat(taken.stream().map(it -> numberOf(a, it))).containsExactly("'0'", "'1'", "'2'");
  }

  @Test
  void shouldTakeNoMoreThanTheClientAsksFor() {
    dial(4);
    assertThat(take(a, listener, 1)).hasSize(2);
    assertThat(take(a, listener, 0)).hasSize(1);
    assertThat(b.outcome(accept(shared, 0))).isEqualTo("ok");
  }

  @Test
  void shouldStopAtTheLimitOfTheSession() {
    dial(12);
    assertThat(take(a, listener, 15)).as("8 descriptors, and one is the listener").hasSize(7);
    assertThat(a.outcome(accept(listener, 15))).isEqualTo("EMFILE");
    assertThat(take(b, shared, 4)).hasSize(5);
  }

  @Test
  void shouldCountTheStreamsOfThoseThatItTakes() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("file-descriptors", 11));
    RecordingSession own = small.connect(10, TestBroker.OWN_UID, false);
    long web = own.listener(64);
    for (int i = 0; i < 8; i++) {
      own.dial(web);
    }
    Reply.Opened first = own.ask(Reply.Opened.class, new Request.Accept(web, 0L, true, 15));
    assertThat(first.ahead()).as("two of the 10 that the listener leaves for each").hasSize(4);
  }

  @Test
  void shouldLeaveTheRestToTheAcceptThatWaitsBehindIt() {
    long mine = a.begin(new Request.Accept(listener, -1L, false, 15));
    long theirs = b.begin(new Request.Accept(shared, -1L, false, 15));
    a.stopReading();
    b.stopReading();
    dialFromOutside(2);
    a.readAgain();
    b.readAgain();
    assertThat(a.outcome(mine)).isEqualTo("ok");
    assertThat(b.outcome(theirs)).isEqualTo("ok");
  }

  @Test
  void shouldReturnWhatWasNotUsedWhenTheSessionEnds() {
    dial(4);
    List<Long> taken = take(a, listener, 3);
    assertThat(numberOf(a, taken.get(2))).isEqualTo("'2'");
    a.end();
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'1'");
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'3'");
    assertThat(b.outcome(accept(shared, 0))).isEqualTo("EAGAIN");
  }

  @Test
  void shouldCountAConnectedStreamAsUse() {
    dial(2);
    Reply.Opened first = a.ask(Reply.Opened.class, new Request.Accept(listener, 0L, true, 1));
    String key = first.ahead().get(0).stream();
    broker
        .conductor
        .onStreamHello(key, new Identity(10, 1000))
        .accept(broker.kernel.pair()[0], Unpooled.EMPTY_BUFFER);
    assertThat(a.outcome(giveBack(first.ahead().get(0).descriptor()))).isEqualTo("EINVAL");
  }

  @Test
  void shouldReturnAConnectionThatIsGivenBack() {
    dial(3);
    List<Long> taken = take(a, listener, 2);
    b.select(shared, ACCEPT);
    assertThat(a.outcome(giveBack(taken.get(1)))).isEqualTo("ok");
    assertThat(b.takeEvents()).containsExactly("ACCEPT");
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'1'");
    assertThat(a.outcome(new Request.Close(taken.get(1)))).isEqualTo("EBADF");
  }

  @Test
  void shouldServeAnAcceptThatWaitsWithAConnectionThatIsGivenBack() {
    dial(2);
    List<Long> taken = take(a, listener, 1);
    long waiting = b.begin(new Request.Accept(shared, -1L));
    a.ask(Reply.Done.class, giveBack(taken.get(1)));
    assertThat(b.outcome(waiting)).isEqualTo("ok");
  }

  @Test
  void shouldNotTakeBackWhatWasUsedOrNotAcceptedAhead() {
    dial(2);
    List<Long> taken = take(a, listener, 1);
    numberOf(a, taken.get(1));
    for (long it : List.of(taken.get(0), taken.get(1), listener)) {
      assertThat(a.outcome(giveBack(it))).isEqualTo("EINVAL");
    }
    assertThat(a.outcome(giveBack(999))).isEqualTo("EBADF");
    assertThat(numberOf(a, taken.get(0))).as("nothing was closed").isEqualTo("'0'");
  }

  @Test
  void shouldCloseWhatCannotReturn() {
    dial(2);
    List<Long> taken = take(a, listener, 1);
    b.close(shared);
    a.close(listener);
    assertThat(a.outcome(giveBack(taken.get(1)))).isEqualTo("ok");
    a.close(taken.get(0));
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldReportAReturnedConnectionAfresh() {
    dial(2);
    a.select(listener, ACCEPT, READ);
    List<Long> taken = take(a, listener, 1);
    a.takeTold();
    a.ask(Reply.Done.class, giveBack(taken.get(1)));
    a.takeTold();
    long again = a.accept(listener);
    assertThat(a.takeEvents()).containsExactly("READ");
    assertThat(numberOf(a, again)).isEqualTo("'1'");
  }

  @Test
  void shouldReturnAllWhenTheReplyIsNotDelivered() {
    dial(3);
    a.holdReplies();
    a.begin(accept(listener, 2));
    a.end();
    for (String it : List.of("'0'", "'1'", "'2'")) {
      assertThat(numberOf(b, b.accept(shared))).isEqualTo(it);
    }
  }

  @Test
  void shouldReturnAllWhenTheReplyIsLostThoughTheSessionLivesOn() {
    dial(2);
    a.holdReplies();
    a.begin(accept(listener, 1));
    a.loseReplies();
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'0'");
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'1'");
  }

  @Test
  void shouldNotReturnWhatWasUsedBeforeTheReplyWasLost() {
    dial(2);
    a.holdReplies();
    a.begin(accept(listener, 1));
    long next = shared + 1;
    assertThat(numberOf(a, next)).as("a number that is easy to guess").isEqualTo("'0'");
    a.begin(new Request.Name(next + 1, "mine", 0L, null, null));
    a.end();
    assertThat(b.outcome(accept(shared, 0))).isEqualTo("EAGAIN");
    assertThat(b.outcome(new Request.Attach("mine", false))).isEqualTo("ENOENT");
  }

  @Test
  void shouldReturnNoMoreThanTheQueueOfTheListenerHolds() {
    long small = a.listener(1);
    long others = a.share(small, b);
    RecordingSession c = broker.connect(12);
    long third = a.share(small, c);
    for (int i = 0; i < 3; i++) {
      a.dial(small);
      a.dial(small);
      take(c, third, 1);
    }
    c.end();
    assertThat(b.outcome(accept(others, 0))).isEqualTo("ok");
    assertThat(b.outcome(accept(others, 0))).isEqualTo("ok");
    assertThat(b.outcome(accept(others, 0)))
        .as("three were unused, and the queue has two places")
        .isEqualTo("EAGAIN");
  }

  @Test
  void shouldEndWhatHasReturnedWhenTheListenerEndsListening() {
    dial(2);
    a.ask(Reply.Done.class, giveBack(take(a, listener, 1).get(1)));
    a.ask(Reply.Done.class, new Request.Shutdown(listener, Direction.RECEIVE));
    ByteBuf end = Unpooled.buffer(9, 9);
    assertThat(clients.get(1).receive(end, 9, false, new KernelSocket.Arrival())).isLessThan(1);
    a.ask(Reply.Addresses.class, new Request.Listen(listener, 4));
    assertThat(a.outcome(accept(listener, 0))).isEqualTo("EAGAIN");
  }

  @Test
  void shouldReturnWhatWasNotUsedAfterAnotherBrokerHasTakenOver() {
    dial(3);
    List<Long> taken = take(a, listener, 2);
    numberOf(a, taken.get(1));
    broker.handOver(a, b);
    a.end();
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'2'");
    assertThat(b.outcome(accept(shared, 0))).isEqualTo("EAGAIN");
  }

  @Test
  void shouldReturnAllWhoseReplyIsLostAfterAnotherBrokerHasTakenOver() {
    dial(2);
    a.holdReplies();
    a.begin(accept(listener, 1));
    broker.handOver(a, b);
    a.end();
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'0'");
    assertThat(numberOf(b, b.accept(shared))).isEqualTo("'1'");
  }

  @Test
  void shouldTakeOneAtATimeFromAnExportedListener() {
    dial(2);
    a.ask(Reply.Done.class, new Request.Export(listener, false));
    long accept = a.begin(new Request.Accept(listener, -1L, false, 15));
    assertThat(((Reply.Opened) a.answer(accept).message()).ahead()).isNull();
  }
}
