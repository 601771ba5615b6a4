package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.broker.core.RecordingSession.sending;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.CLOSE;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sessions that do not read, lost replies, long sends, the end of a session. */
class SlowSessionsTest {
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

  private String drainPeer() {
    StringBuilder got = new StringBuilder();
    var into = broker.buffers.heapBuffer(1 << 16);
    while (peer.receive(into.clear(), 4096, false, new KernelSocket.Arrival()) > 0) {
      got.append(into.toString(StandardCharsets.ISO_8859_1));
      broker.settle();
    }
    into.release();
    return got.toString();
  }

  @Test
  void shouldTellASlowRegistrantEachEventOnce() {
    a.select(server, READ, WRITE, CLOSE);
    a.takeTold();
    a.stopReading();
    for (int i = 0; i < 5; i++) {
      peerSends("x");
      b.receive(shared, 1);
    }
    peerSends("y");
    assertThat(a.takeEvents()).isEmpty();
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldThrowAwayWhatASlowRegistrantWasNotToldWhenItIsReplaced() {
    a.select(server, READ);
    a.takeTold();
    a.stopReading();
    peerSends("x");
    b.select(shared, READ);
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11");
    assertThat(b.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldServeOthersBeforeASessionThatDoesNotRead() {
    long waiting = a.begin(receiving(server, 4, null));
    long behind = b.begin(receiving(shared, 4, null));
    long ownSecond = a.begin(receiving(server, 4, null));
    a.stopReading();

    peerSends("abcd");
    assertThat(b.outcome(behind)).isEqualTo("'abcd'");
    assertThat(a.outcome(waiting)).isEqualTo("waits");
    long later = b.begin(receiving(shared, 4, null));
    a.readAgain();
    peerSends("efghijkl");
    peerSends("mnop");
    assertThat(a.outcome(waiting)).as("its place is as before").isEqualTo("'efgh'");
    assertThat(a.outcome(ownSecond)).isEqualTo("'ijkl'");
    assertThat(b.outcome(later)).isEqualTo("'mnop'");
  }

  @Test
  void shouldLetOthersTryAtOnceWhenOnlyASessionThatDoesNotReadWaits() {
    long accepting = a.share(listener, b);
    long accept = a.begin(new Request.Accept(listener, null));
    long receive = a.begin(receiving(server, 4, null));
    a.fill(server);
    long send = a.begin(sending(server, null), "x");
    a.stopReading();
    b.dial(accepting);
    peerSends("abcd");
    assertThat(b.receive(shared, 4)).isEqualTo("'abcd'");
    assertThat(b.outcome(new Request.Accept(accepting, 0L))).isEqualTo("ok");
    drainPeer();
    assertThat(b.send(shared, "y")).isEqualTo("all");
    a.readAgain();
    assertThat(a.outcome(send)).isEqualTo("all");
    assertThat(drainPeer()).isEqualTo("yx");
    assertThat(a.outcome(receive)).isEqualTo("waits");
    assertThat(a.outcome(accept)).isEqualTo("waits");
  }

  @Test
  void shouldReportWhatASessionThatDoesNotReadWaitsFor() {
    a.fill(server);
    long receive = a.begin(receiving(server, 9, null));
    long send = a.begin(sending(server, null), "x");
    a.stopReading();
    b.select(shared, READ, WRITE);
    peerSends("abc");
    drainPeer();
    assertThat(b.takeEvents()).containsExactly("READ", "WRITE");
    a.readAgain();
    assertThat(a.outcome(receive)).isEqualTo("'abc'");
    assertThat(a.outcome(send)).isEqualTo("all");
  }

  @Test
  void shouldFinishASendThatHasBegunThoughItsSessionDoesNotRead() {
    long begun = a.begin(sending(server, null), "x".repeat(6000));
    a.stopReading();
    assertThat(b.send(shared, "y")).as("nothing comes between").isEqualTo("EAGAIN");
    long behind = b.begin(sending(shared, null), "y");
    assertThat(drainPeer()).isEqualTo("x".repeat(6000) + "y");
    assertThat(b.outcome(behind)).isEqualTo("all");
    a.readAgain();
    assertThat(a.outcome(begun)).isEqualTo("all");
  }

  @Test
  void shouldEndASendWhoseSenderStopsInTheMiddle() {
    long stopped = a.begin(Request.Send.inParts(server, 900_000L), "abc");
    long behind = b.begin(sending(shared, null), "y");
    a.stopReading();
    broker.pass(19_999);
    assertThat(b.outcome(behind)).isEqualTo("waits");
    broker.pass(1);
    assertThat(b.outcome(behind)).isEqualTo("all");
    assertThat(drainPeer()).isEqualTo("abcy");
    a.readAgain();
    assertThat(a.outcome(stopped)).isEqualTo("3 bytes");
    a.more(stopped, server, "def");
    assertThat(drainPeer()).isEmpty();
  }

  @Test
  void shouldGiveASenderTimeForEachPart() {
    long id = a.begin(Request.Send.inParts(server, 4L), "a");
    for (String part : List.of("b", "c", "d")) {
      broker.pass(19_000);
      a.more(id, server, part);
    }
    assertThat(a.outcome(id)).isEqualTo("all");
    assertThat(drainPeer()).isEqualTo("abcd");
  }

  @Test
  void shouldTellTheOutcomeOfItsOwnConnectToASessionThatDoesNotRead() {
    SimulatedTcp outside = broker.kernel.tcp();
    outside.listen(0);
    broker.kernel.tcp().connect(outside.localAddress());
    long client = a.tcp();
    long clientShared = a.share(client, b);
    long connect = a.begin(new Request.Connect(client, outside.localAddress(), null));
    a.stopReading();
    outside.close();
    broker.settle();
    SimulatedTcp other = broker.kernel.tcp();
    other.listen(8);
    assertThat(b.outcome(new Request.Connect(clientShared, other.localAddress(), 9L)))
        .isEqualTo("ok");
    assertThat(a.outcome(connect)).isEqualTo("ECONNREFUSED");
  }

  @Test
  void shouldServeAndEndAnyNumberOfWaitersInTheirOrder() {
    RecordingSession[] sessions = new RecordingSession[40];
    long[] held = new long[sessions.length];
    for (int i = 0; i < sessions.length; i++) {
      sessions[i] = broker.connect(100 + i);
      held[i] = a.share(server, sessions[i]);
    }
    long[][] requests = new long[sessions.length][10];
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < sessions.length; i++) {
        requests[i][round] = sessions[i].begin(receiving(held[i], 1, null));
      }
    }
    for (int i = 0; i < sessions.length; i += 2) {
      sessions[i].stopReading();
    }
    sessions[1].end();
    sessions[3].close(held[3]);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 180; i++) {
      text.append((char) (0x100 - i - 1));
    }
    peerSends(text.toString());
    int next = 0;
    for (int round = 0; round < 10; round++) {
      for (int i = 5; i < sessions.length; i += 2) {
        assertThat(sessions[i].outcome(requests[i][round]))
            .isEqualTo("'" + text.charAt(next++) + "'");
      }
    }
    assertThat(next).isEqualTo(180);
    assertThat(sessions[3].outcome(requests[3][9])).isEqualTo("ECANCELED");
    for (int i = 0; i < sessions.length; i += 2) {
      sessions[i].readAgain();
    }
    peerSends("0123456789");
    assertThat(sessions[0].outcome(requests[0][0])).isEqualTo("'0'");
    assertThat(sessions[18].outcome(requests[18][0])).isEqualTo("'9'");
  }

  @Test
  void shouldRefuseWhatWaitedUnservedWhenARingHasItsDirection() {
    long receive = a.begin(receiving(server, 4, null));
    a.fill(server);
    long send = a.begin(sending(server, null), "x");
    a.stopReading();
    b.ask(Reply.Ring.class, new Request.AttachRing(shared, 4096));
    a.readAgain();
    assertThat(a.outcome(receive)).isEqualTo("EBUSY");
    assertThat(a.outcome(send)).isEqualTo("EBUSY");
  }

  @Test
  void shouldServeTheNextWhenASlowSessionEnds() {
    a.begin(receiving(server, 4, null));
    a.begin(receiving(a.share(server, a), 4, null));
    long behind = b.begin(receiving(shared, 4, null));
    a.stopReading();
    peerSends("abcd");
    a.end();
    assertThat(b.outcome(behind)).isEqualTo("'abcd'");
    b.end();
    broker.assertEmpty();
  }

  @Test
  void shouldGiveBackBytesWhoseReplyGotLostInTheirOrder() {
    peerSends("abcdef");
    a.holdReplies();
    a.begin(receiving(server, 2, 0L));
    a.begin(receiving(server, 2, 0L));
    assertThat(b.receive(shared, 1)).isEqualTo("'e'");
    b.select(shared, READ);
    b.takeTold();
    b.receive(shared, 1);
    a.end();
    assertThat(b.takeEvents()).as("they can be read again").containsExactly("READ");
    peerSends("gh");
    assertThat(b.peek(shared, 1)).isEqualTo("'a'");
    assertThat(b.receive(shared, 1)).isEqualTo("'a'");
    assertThat(b.receive(shared, 9)).isEqualTo("'b'");
    assertThat(b.receive(shared, 9)).isEqualTo("'cd'");
    assertThat(b.receive(shared, 9)).isEqualTo("'gh'");
    b.end();
    broker.assertEmpty();
  }

  @Test
  void shouldServeAWaitingReceiverWithWhatWasGivenBack() {
    peerSends("ab");
    a.holdReplies();
    a.begin(receiving(server, 2, 0L));
    long waiting = b.begin(receiving(shared, 9, null));
    a.end();
    assertThat(b.outcome(waiting)).isEqualTo("'ab'");
  }

  @Test
  void shouldGiveBackADatagramWhole() {
    long socket = a.udp();
    a.ask(new Request.Bind(socket, Address.inet(SimulatedKernel.HOST, 0)));
    long other = a.share(socket, b);
    SimulatedUdp sender = broker.kernel.udp();
    sender.send(RecordingSession.bytes("one"), b.local(other), false);
    sender.send(RecordingSession.bytes("two"), b.local(other), false);
    a.holdReplies();
    a.begin(receiving(socket, 9, 0L));
    a.end();
    Reply.Received received = (Reply.Received) b.ask(receiving(other, 2, 0L), "").message();
    assertThat(received.from()).isEqualTo(sender.localAddress());
    assertThat(received.size()).isEqualTo(3);
    assertThat(b.receive(other, 9)).isEqualTo("'two'");
    b.end();
    broker.assertEmpty();
  }

  @Test
  void shouldKeepGivenBackBytesForTheNextGenerationOfANamedSocket() {
    a.ask(Reply.Done.class, Request.Name.of(server, "kept", 1000));
    b.close(shared);
    peerSends("abc");
    a.holdReplies();
    a.begin(receiving(server, 9, 0L));
    a.endBeforeDeliveries();
    long joined = b.ask(Reply.Opened.class, new Request.Attach("kept")).descriptor();
    assertThat(b.receive(joined, 9)).isEqualTo("'abc'");
  }

  @Test
  void shouldLeaveBytesWithTheirReceiverOnceTheReplyReachedTheKernel() {
    peerSends("abc");
    a.receive(server, 2);
    a.end();
    assertThat(b.receive(shared, 9)).isEqualTo("'c'");
  }

  @Test
  void shouldGiveBackAConnectionWhoseAcceptGotLost() {
    long other = a.share(listener, b);
    SimulatedTcp client = a.dial(listener);
    a.holdReplies();
    a.begin(new Request.Accept(listener, 0L));
    assertThat(b.outcome(new Request.Accept(other, 0L))).isEqualTo("EAGAIN");
    b.select(other, ACCEPT);
    a.end();
    assertThat(b.takeEvents()).containsExactly("ACCEPT");
    client.send(RecordingSession.bytes("still"), null, false);
    assertThat(b.receive(b.accept(other), 9)).isEqualTo("'still'");
  }

  @Test
  void shouldKeepTheErrorOfAConnectionThatIsGivenBack() {
    long other = a.share(listener, b);
    a.select(listener, ACCEPT, CLOSE);
    SimulatedTcp client = a.dial(listener);
    client.reset();
    a.holdReplies();
    a.begin(new Request.Accept(listener, 0L));
    a.end();
    assertThat(b.receive(b.accept(other), 9)).isEqualTo("ECONNRESET");
  }

  @Test
  void shouldAskForALongSendInPartsAndAnswerOnce() {
    int total = 600_000;
    long id = a.begin(Request.Send.inParts(server, (long) total), "a".repeat(100));
    int sent = 100;
    assertThat(a.takeEvents()).containsExactly("SEND_READY " + (512 << 10));
    StringBuilder got = new StringBuilder();
    while (sent < total) {
      int part = Math.min(200_000, total - sent);
      sent += part;
      a.more(id, server, "b".repeat(part));
      got.append(drainPeer());
      assertThat(a.takeEvents()).hasSize(sent < total ? 1 : 0);
    }
    assertThat(a.outcome(id)).isEqualTo("all");
    assertThat(got).hasSize(total);
    assertThat(broker.counts().bufferedBytes()).isZero();
  }

  @Test
  void shouldRefuseAPartThatWasNotAskedFor() {
    a.fill(server);
    long id = a.begin(Request.Send.inParts(server, 900_000L), "a".repeat(300_000));
    assertThat(a.takeEvents()).isEmpty();
    a.more(id, server, "b".repeat(100));
    assertThat(a.outcome(id)).isEqualTo("EINVAL");
  }

  @Test
  void shouldThrowAPartAwayWhoseSendHasEnded() {
    long id = a.begin(new Request.Send(server, 1000L, null, false, 50L), "a");
    broker.pass(50);
    assertThat(a.outcome(id)).isEqualTo("1 bytes");
    a.more(id, server, "b".repeat(999));
    assertThat(a.takeTold()).containsOnly("SEND_READY 999");
  }

  @Test
  void shouldTellOfRoomAfterASendThatMetAnotherOneWaiting() {
    b.select(shared, WRITE);
    b.takeTold();
    long id = a.begin(new Request.Send(server, 2L, null, false, 1000L), "a");
    assertThat(b.send(shared, "x")).isEqualTo("EAGAIN");
    a.more(id, server, "b");
    assertThat(a.outcome(id)).isEqualTo("all");
    assertThat(b.takeEvents()).containsExactly("WRITE");
  }

  @Test
  void shouldLeaveNothingWhenSessionsEndInTheMiddleOfEverything() {
    a.fill(server);
    a.begin(sending(server, null), "x".repeat(5000));
    b.begin(sending(shared, null), "y".repeat(5000));
    b.begin(receiving(shared, 5000, null));
    a.begin(new Request.Accept(listener, null));
    a.begin(new Request.WaitEvents(List.of(a.eventObject()), false, null));
    b.eventSelect(shared, b.eventObject(), READ);
    a.ask(new Request.Watch(true));
    peerSends("lost");
    a.holdReplies();
    a.begin(receiving(server, 2, 0L));
    a.tokenFor(server, b);
    a.stopReading();
    a.end();
    b.end();
    broker.assertEmpty();
    peer.close();
    assertThat(broker.kernel.openSockets()).isZero();
  }

  @Test
  void shouldLeaveNothingWhenTheBrokerStops() {
    a.fill(server);
    a.begin(sending(server, null), "x".repeat(5000));
    a.ask(Reply.Done.class, Request.Name.of(server, "kept", Request.FOREVER));
    broker.conductor.onStopping("test");
    assertThat(a.takeEvents()).containsExactly("STOPPING");
    assertThat(a.isClosed()).isTrue();
    broker.assertEmpty();
  }
}
