package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.broker.core.RecordingSession.sending;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Waiting operations, their order and their time limits (rules 17, 24, 25). */
class WaitingTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long server = a.accept(listener);
  private final long shared = a.share(server, b);

  private void peerSends(String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  @Test
  void shouldServeInTheOrderOfAsking() {
    long first = a.begin(receiving(server, 2, null));
    long second = b.begin(receiving(shared, 16, null));
    long third = a.begin(receiving(server, 16, null));

    peerSends("abcd");

    assertThat(a.outcome(first)).isEqualTo("'ab'");
    assertThat(b.outcome(second)).isEqualTo("'cd'");
    assertThat(a.outcome(third)).isEqualTo("waits");
  }

  @Test
  void shouldRefuseToOvertakeAWaitingOperation() {
    long waiting = a.begin(receiving(server, 4, null));
    peer.send(RecordingSession.bytes("abcd"), null, false);

    // The bytes have arrived, but the waiting operation has not been told yet.
    long overtaking = b.post(receiving(shared, 4, 0L), "");
    broker.settle();

    assertThat(b.outcome(overtaking)).isEqualTo("EAGAIN");
    assertThat(a.outcome(waiting)).isEqualTo("'abcd'");
  }

  @Test
  void shouldEndWhatWaitsThroughAClosedDescriptorAndNothingElse() {
    long through = a.begin(receiving(server, 4, null));
    long other = b.begin(receiving(shared, 4, null));

    a.close(server);

    assertThat(a.outcome(through)).isEqualTo("ECANCELED");
    peerSends("abcd");
    assertThat(b.outcome(other)).isEqualTo("'abcd'");
  }

  @Test
  void shouldWaitOrNotAsTheBlockingModeSays() {
    long waiting = a.begin(receiving(server, 4, null));
    assertThat(a.outcome(waiting)).isEqualTo("waits");
    a.begin(new Request.Cancel(waiting));
    assertThat(a.outcome(waiting)).isEqualTo("ECANCELED");

    a.set(server, "O_NONBLOCK", true);
    assertThat(b.outcome(receiving(shared, 4, null))).isEqualTo("EAGAIN");
    assertThat(b.outcome(b.begin(receiving(shared, 4, 50L)))).isEqualTo("waits");
  }

  @Test
  void shouldMarkTheEndOfAnOperationsOwnTime() {
    long waiting = a.begin(receiving(server, 4, 100L));
    broker.pass(99);
    assertThat(a.outcome(waiting)).isEqualTo("waits");
    broker.pass(1);
    assertThat(a.outcome(waiting)).isEqualTo("ETIMEDOUT (own time)");
  }

  @Test
  void shouldBoundAWaitThatNamesNoTimeByTheSocketsTimeouts() {
    a.set(server, "SO_RCVTIMEO", 100L);
    long without = a.begin(receiving(server, 4, null));
    long with = b.begin(receiving(shared, 4, 300L));
    broker.pass(100);
    assertThat(a.outcome(without)).isEqualTo("EAGAIN");
    assertThat(b.outcome(with)).isEqualTo("waits");
    broker.pass(200);
    assertThat(b.outcome(with)).isEqualTo("ETIMEDOUT (own time)");
  }

  @Test
  void shouldGiveTheTurnToTheNextWhenATimeEnds() {
    a.fill(server);
    long first = a.begin(sending(server, 100L), "a".repeat(4096));
    long second = b.begin(sending(shared, null), "b");
    broker.pass(100);
    assertThat(a.outcome(first)).isEqualTo("ETIMEDOUT (own time)");
    drainPeer();
    assertThat(b.outcome(second)).isEqualTo("all");
  }

  private void drainPeer() {
    var into = broker.buffers.heapBuffer(1 << 16);
    while (peer.receive(into.clear(), 4096, false, new KernelSocket.Arrival()) > 0) {
      broker.settle();
    }
    into.release();
  }

  @Test
  void shouldAnswerTheCountWhenASendEndsEarly() {
    long timed = a.begin(sending(server, 100L), "a".repeat(8192));
    broker.pass(100);
    assertThat(a.outcome(timed)).isEqualTo("4096 bytes");
  }

  @Test
  void shouldKeepTheBytesOfWaitingSendsTogether() {
    long first = a.begin(sending(server, null), "a".repeat(6000));
    long second = b.begin(sending(shared, null), "b".repeat(3000));
    assertThat(a.send(server, "c")).isEqualTo("EAGAIN");

    assertThat(peerReceivesAll()).isEqualTo("a".repeat(6000) + "b".repeat(3000));
    assertThat(a.outcome(first)).isEqualTo("all");
    assertThat(b.outcome(second)).isEqualTo("all");
  }

  private String peerReceivesAll() {
    var into = broker.buffers.heapBuffer(1 << 16);
    while (peer.receive(into, 1000, false, new KernelSocket.Arrival()) > 0) {
      broker.settle();
    }
    String got = into.toString(StandardCharsets.ISO_8859_1);
    into.release();
    return got;
  }

  @Test
  void shouldSendInTheOrderOfAsking() {
    RecordingSession c = broker.connect(12);
    long third = a.share(server, c);
    a.begin(sending(server, null), "a".repeat(6000));
    b.begin(sending(shared, null), "b");
    c.begin(sending(third, null), "c");

    assertThat(peerReceivesAll()).isEqualTo("a".repeat(6000) + "bc");
  }

  @Test
  void shouldLeaveAConnectGoingWhenItsWaitEnds() {
    SimulatedTcp full = broker.kernel.tcp();
    full.listen(0);
    SimulatedTcp before = broker.kernel.tcp();
    before.connect(full.localAddress());
    long client = a.tcp();

    long waiting = a.begin(new Request.Connect(client, full.localAddress(), 100L));
    broker.pass(100);
    assertThat(a.outcome(waiting)).isEqualTo("ETIMEDOUT (own time)");
    long shared = a.share(client, b);
    assertThat(b.outcome(new Request.Connect(shared, full.localAddress(), null)))
        .isEqualTo("EALREADY");
    // arguments are checked before the state
    assertThat(b.outcome(new Request.Connect(shared, full.localAddress(), -2L)))
        .isEqualTo("EINVAL");

    full.accept();
    broker.settle();
    assertThat(a.send(client, "hello")).isEqualTo("all");
  }

  @Test
  void shouldRefuseWaitingAcceptsWhenListeningEnds() {
    long waiting = a.begin(new Request.Accept(listener, null));
    a.ask(new Request.Shutdown(listener, Direction.RECEIVE));
    assertThat(a.outcome(waiting)).isEqualTo("EINVAL");
  }

  @Test
  void shouldTakeAnOptionIntoAccountBehindWhatWasAskedBefore() {
    long before = a.post(receiving(server, 4, null), "");
    a.post(Request.SetOption.named(server, "O_NONBLOCK", true), "");
    long after = a.post(receiving(server, 4, null), "");
    broker.settle();
    assertThat(a.outcome(before)).isEqualTo("waits");
    assertThat(a.outcome(after)).isEqualTo("EAGAIN");
  }

  @Test
  void shouldTryEveryTenMillisWhatTheKernelNeverWakes() {
    long datagrams = a.open(Family.UNIX, SocketType.DGRAM);
    SimulatedUdp kernel = broker.kernel.lastUdp();
    kernel.peerPort = broker.kernel.freePort();
    kernel.receiverFull = true;
    long waiting = a.begin(sending(datagrams, null), "one");
    broker.pass(25);
    assertThat(a.outcome(waiting)).isEqualTo("waits");
    kernel.receiverFull = false;
    broker.pass(10);
    assertThat(a.outcome(waiting)).isEqualTo("all");
  }

  @Test
  void shouldRefuseATimeThatIsNone() {
    assertThat(a.outcome(receiving(server, 4, -2L))).isEqualTo("EINVAL");
  }

  @Test
  void shouldWaitForAsManyBytesAsTheLowWaterMarkSays() {
    a.set(server, "SO_RCVLOWAT", 10L);
    peerSends("12345");
    long waiting = a.begin(receiving(server, 20, null));
    assertThat(a.outcome(waiting)).isEqualTo("waits");
    peerSends("6789012");
    assertThat(a.outcome(waiting)).isEqualTo("'123456789012'");
  }

  @Test
  void shouldNotWaitForMoreBytesThanAreAskedFor() {
    a.set(server, "SO_RCVLOWAT", 10L);
    peerSends("12345");
    assertThat(b.receive(shared, 1)).as("one that does not wait").isEqualTo("'1'");
    long peek = a.begin(new Request.Receive(server, 4, null, true, false));
    assertThat(a.outcome(peek)).isEqualTo("'2345'");
    assertThat(a.outcome(a.begin(receiving(server, 4, null)))).isEqualTo("'2345'");
  }

  @Test
  void shouldTakeLessThanTheLowWaterMarkAtTheEndOfTimeOrStream() {
    a.set(server, "SO_RCVLOWAT", 10L);
    a.set(server, "SO_RCVTIMEO", 100L);
    peerSends("12345");
    long timed = a.begin(receiving(server, 3, null));
    assertThat(a.outcome(timed)).isEqualTo("'123'");
    long own = a.begin(receiving(server, 20, 50L));
    long behind = b.begin(receiving(shared, 20, null));
    broker.pass(50);
    assertThat(a.outcome(own)).isEqualTo("'45'");
    broker.pass(50);
    assertThat(b.outcome(behind)).isEqualTo("EAGAIN");
    peerSends("678");
    long last = b.begin(receiving(shared, 20, Request.FOREVER));
    peer.shutdown(Direction.SEND);
    broker.settle();
    assertThat(b.outcome(last)).isEqualTo("'678'");
  }

  @Test
  void shouldEndTheWaitOnADatagramSocketThatWasShutDownForReceiving() {
    long socket = a.udp();
    SimulatedUdp other = broker.kernel.udp();
    other.bind(Address.inet(SimulatedKernel.HOST, 0));
    a.ask(Reply.Addresses.class, new Request.Connect(socket, other.localAddress(), null));
    long before = a.begin(receiving(socket, 9, null));
    a.ask(Reply.Done.class, new Request.Shutdown(socket, Direction.RECEIVE));
    assertThat(a.outcome(before)).isEqualTo("''");
    assertThat(a.outcome(a.begin(receiving(socket, 9, null)))).isEqualTo("''");
    assertThat(a.receive(socket, 9)).isEqualTo("EAGAIN");
    other.send(RecordingSession.bytes("late"), a.local(socket), false);
    assertThat(a.outcome(a.begin(receiving(socket, 9, null)))).isEqualTo("'late'");
  }
}
