package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Another core takes over, and nobody notices: what the sequences of {@link ModelTest} do not have.
 */
class HandOverTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(11);
  private final RecordingSession bob = broker.connect(12);

  private void handOver() {
    broker.handOver(alice, bob);
  }

  private static Request named(String name, long retainMillis) {
    return RecordingSession.openRequest(
        dev.sockbroker.protocol.Family.INET,
        dev.sockbroker.protocol.SocketType.STREAM,
        null,
        null,
        name,
        retainMillis);
  }

  @Test
  void shouldGiveNoIdTwice() {
    long first = alice.tcp();
    long object = alice.eventObject();
    handOver();
    assertThat(alice.tcp()).isGreaterThan(first);
    assertThat(alice.eventObject()).isGreaterThan(object);
    assertThat(broker.connect(13).id()).isGreaterThan(bob.id());
  }

  @Test
  void shouldKeepNamesAndTheirRights() {
    alice.ask(Reply.Opened.class, named("web", 0));
    handOver();
    assertThat(bob.outcome(named("web", 0))).isEqualTo("ok");
    assertThat(bob.outcome(new Request.Close(1))).isEqualTo("EBADF");
  }

  @Test
  void shouldCloseARetainedSocketAtItsTime() {
    long retained = alice.ask(Reply.Opened.class, named("web", 1000)).descriptor();
    alice.close(retained);
    broker.pass(400);
    handOver();
    broker.pass(500);
    assertThat(broker.counts().sockets()).isEqualTo(1);
    broker.pass(200);
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldKeepASocketWhoseMakerHasEnded() {
    long socket = alice.tcp();
    long shared = alice.share(socket, bob);
    alice.end();
    broker.handOver(bob);
    assertThat(bob.set(shared, "SO_KEEPALIVE", true)).isEqualTo(true);
    bob.end();
    broker.assertEmpty();
  }

  @Test
  void shouldKeepTokensAndTheirTargets() {
    long socket = alice.tcp();
    String forSession = alice.tokenFor(socket, bob);
    String forProcess =
        alice.ask(Reply.Duplicated.class, Request.Duplicate.toPid(socket, 12)).token();
    String forUser =
        alice
            .ask(
                Reply.Duplicated.class,
                new Request.Duplicate(socket, null, null, 1000L, EnumSet.of(Right.RECV), 500L))
            .token();
    broker.pass(300);
    handOver();
    bob.redeem(forSession);
    assertThat(bob.outcome(new Request.Redeem(forSession))).isEqualTo("EINVAL");
    bob.redeem(forProcess);
    broker.pass(300);
    assertThat(bob.outcome(new Request.Redeem(forUser))).isEqualTo("EINVAL");
    assertThat(broker.counts().tokens()).isZero();
  }

  @Test
  void shouldEndATokenWithItsProcess() {
    long socket = alice.tcp();
    alice.ask(Reply.Duplicated.class, Request.Duplicate.toPid(socket, 12));
    handOver();
    broker.kernel.endProcess(12);
    broker.settle();
    assertThat(broker.counts().tokens()).isZero();
    assertThat(broker.counts().watchedProcesses()).isZero();
  }

  @Test
  void shouldWaitForEventObjectsUntilTheTimeThatWasGiven() {
    long object = alice.eventObject();
    long wait = alice.begin(new Request.WaitEvents(List.of(object), true, 1000L));
    broker.pass(900);
    handOver();
    broker.pass(50);
    assertThat(alice.outcome(wait)).isEqualTo("waits");
    broker.pass(100);
    assertThat(alice.outcome(wait)).isEqualTo("ETIMEDOUT (own time)");
  }

  @Test
  void shouldAnswerAWaitWhoseObjectIsSetLater() {
    long object = alice.eventObject();
    long wait = alice.begin(new Request.WaitEvents(List.of(object), false, null));
    handOver();
    alice.ask(new Request.SetEvent(object));
    assertThat(alice.outcome(wait)).isEqualTo("ok");
  }

  /** The connection came when the threads had stopped. Only the next broker accepts it. */
  @Test
  void shouldAcceptAfterwardsWhatNoThreadMayAccept() {
    long accept = acceptWithoutThreads();
    handOver();
    assertThat(alice.outcome(accept)).isEqualTo("waits");
    broker.kernel.stopAcceptors(false);
    broker.pass(20);
    assertThat(alice.outcome(accept)).isEqualTo("ok");
    assertThat(broker.counts().threads()).isZero();
  }

  @Test
  void shouldAcceptItIfTheUpgradeIsGivenUp() {
    long accept = acceptWithoutThreads();
    broker.kernel.stopAcceptors(false);
    broker.pass(20);
    assertThat(alice.outcome(accept)).isEqualTo("ok");
    assertThat(broker.counts().threads()).isZero();
  }

  private long acceptWithoutThreads() {
    long listener = alice.listener(4);
    alice.ask(Reply.Done.class, new Request.Export(listener, false));
    broker.kernel.stopAcceptors(true);
    long accept = alice.begin(new Request.Accept(listener, -1L));
    alice.dial(listener);
    assertThat(alice.outcome(accept)).isEqualTo("waits");
    assertThat(broker.counts().threads()).isZero();
    return accept;
  }

  @Test
  void shouldTellAWatcherWhatItHasNotRead() {
    RecordingSession root = broker.administrator(1);
    root.ask(new Request.Watch(true));
    root.stopReading();
    long socket = alice.tcp();
    broker.handOver(alice, bob, root);
    alice.close(socket);
    root.readAgain();
    assertThat(root.takeEvents()).containsExactly("OPENED", "CLOSED", "SOCKET_CLOSED");
  }

  @Test
  void shouldKeepWhatASlowSessionWasNotTold() {
    long listener = alice.listener(4);
    alice.select(listener, NetworkEvent.ACCEPT);
    alice.stopReading();
    alice.dial(listener);
    handOver();
    alice.readAgain();
    assertThat(alice.takeEvents()).containsExactly("ACCEPT");
  }

  @Test
  void shouldContinueALongSendWithItsNextPart() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long connection = alice.accept(listener);
    alice.fill(connection);
    long send = alice.begin(new Request.Send(connection, 8L, null, false, Request.FOREVER), "1234");
    assertThat(alice.takeEvents()).containsExactly("SEND_READY 4");
    handOver();
    alice.more(send, connection, "5678");
    assertThat(alice.outcome(send)).isEqualTo("waits");
    String read = readAll(peer);
    assertThat(read).endsWith("x12345678");
    assertThat(alice.outcome(send)).isEqualTo("all");
  }

  @Test
  void shouldContinueASendOfSeveralPartsFromWhereItStands() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long connection = alice.accept(listener);
    alice.fill(connection);
    String first = "123".repeat(1000);
    String second = "456".repeat(1000);
    Request request = new Request.Send(connection, 6000L, null, false, Request.FOREVER);
    long send = alice.begin(request, first);
    alice.more(send, connection, second);
    // The kernel has room again and takes a part of the first part.
    read(peer, 1000);
    handOver();
    assertThat(readAll(peer)).endsWith("x" + first + second);
    assertThat(alice.outcome(send)).isEqualTo("all");
  }

  private String readAll(SimulatedTcp peer) {
    StringBuilder all = new StringBuilder();
    String some;
    do {
      some = read(peer, 4096);
      all.append(some);
    } while (!some.isEmpty());
    return all.toString();
  }

  private String read(SimulatedTcp peer, int most) {
    ByteBuf into = broker.buffers.heapBuffer(most);
    peer.receive(into, most, false, new KernelSocket.Arrival());
    String text = into.toString(StandardCharsets.ISO_8859_1);
    into.release();
    broker.settle();
    return text;
  }

  @Test
  void shouldGiveDataOfALostReplyToTheNextReceiver() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long connection = alice.accept(listener);
    long shared = alice.share(connection, bob);
    peer.send(RecordingSession.bytes("hello"), null, false);
    broker.settle();
    alice.holdReplies();
    alice.begin(RecordingSession.receiving(connection, 5, 0L));
    alice.end();
    broker.handOver(bob);
    assertThat(bob.receive(shared, 9)).isEqualTo("'hello'");
    bob.end();
    assertThat(broker.buffers.live()).isZero();
  }

  @Test
  void shouldReturnDataWhoseReplyIsLostAfterwards() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long connection = alice.accept(listener);
    long shared = alice.share(connection, bob);
    peer.send(RecordingSession.bytes("hello"), null, false);
    broker.settle();
    alice.holdReplies();
    alice.begin(RecordingSession.receiving(connection, 5, 0L));
    handOver();
    alice.end();
    assertThat(bob.receive(shared, 9)).isEqualTo("'hello'");
    bob.end();
    broker.assertEmpty();
  }

  @Test
  void shouldReturnAConnectionWhoseReplyIsLostAfterwards() {
    long listener = alice.listener(4);
    long shared = alice.share(listener, bob);
    alice.dial(listener);
    alice.holdReplies();
    alice.begin(new Request.Accept(listener, 0L));
    handOver();
    alice.end();
    bob.accept(shared);
  }

  @Test
  void shouldKeepATokenWhoseReplyIsLostAfterwards() {
    long socket = alice.tcp();
    String token =
        alice
            .ask(
                Reply.Duplicated.class,
                new Request.Duplicate(socket, null, null, 1000L, EnumSet.of(Right.RECV), 5000L))
            .token();
    RecordingSession carol = broker.connect(13);
    carol.holdReplies();
    carol.begin(new Request.Redeem(token));
    broker.handOver(alice, bob, carol);
    assertThat(bob.outcome(new Request.Redeem(token))).as("meanwhile").isEqualTo("EINVAL");
    carol.end();
    bob.redeem(token);
  }

  @Test
  void shouldEndATokenWhoseReplyIsDeliveredAfterwards() {
    long socket = alice.tcp();
    String token = alice.tokenFor(socket, bob);
    bob.holdReplies();
    bob.begin(new Request.Redeem(token));
    handOver();
    bob.readAgain();
    assertThat(broker.counts().tokens()).isZero();
    assertThat(bob.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
  }

  @Test
  void shouldAnswerAnExportWhoseFdIsTakenAfterwards() {
    long socket = alice.tcp();
    alice.holdReplies();
    long export = alice.begin(new Request.Export(socket, true));
    handOver();
    assertThat(alice.outcome(export)).isEqualTo("waits");
    alice.readAgain();
    assertThat(alice.outcome(export)).isEqualTo("ok");
    assertThat(broker.counts().exports()).isEqualTo(1);
  }

  @Test
  void shouldTakeBackAnExportWhoseFdIsNeverTaken() {
    long socket = alice.tcp();
    alice.share(socket, bob);
    alice.holdReplies();
    alice.begin(new Request.Export(socket, true));
    handOver();
    alice.end();
    assertThat(broker.counts().exports()).isZero();
  }

  @Test
  void shouldAnswerAnAttachWhoseFdsAreTakenAfterwards() {
    long listener = alice.listener(4);
    alice.dial(listener);
    long connection = alice.accept(listener);
    alice.holdReplies();
    long attach = alice.begin(new Request.AttachRing(connection, 65_536));
    handOver();
    alice.readAgain();
    assertThat(alice.outcome(attach)).isEqualTo("ok");
  }

  @Test
  void shouldKeepAnExportAndItsMode() {
    long socket = alice.tcp();
    long shared = alice.share(socket, bob);
    alice.ask(new Request.Export(socket, true));
    handOver();
    assertThat(bob.outcome(new Request.Export(shared, false))).isEqualTo("EBUSY");
    assertThat(broker.counts().exports()).isEqualTo(1);
  }

  @Test
  void shouldContinueARingInBothDirections() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long connection = alice.accept(listener);
    alice.ask(Reply.Ring.class, new Request.AttachRing(connection, 65_536));
    peer.send(RecordingSession.bytes("one"), null, false);
    broker.settle();
    handOver();
    peer.send(RecordingSession.bytes("two"), null, false);
    broker.settle();
    alice.ask(Reply.Done.class, new Request.DetachRing(connection));
    assertThat(alice.receive(connection, 9)).isEqualTo("'onetwo'");
  }

  @Test
  void shouldReleaseEverythingAfterwards() {
    long listener = alice.listener(4);
    alice.dial(listener);
    long connection = alice.accept(listener);
    alice.ask(Reply.Ring.class, new Request.AttachRing(connection, 65_536));
    alice.begin(new Request.Accept(listener, Request.FOREVER));
    alice.tokenFor(listener, bob);
    alice.selectStandby(listener, NetworkEvent.ACCEPT);
    long shared = alice.share(listener, bob);
    bob.select(shared, NetworkEvent.ACCEPT);
    bob.ask(new Request.Shutdown(shared, Direction.BOTH));
    handOver();
    alice.end();
    bob.end();
    broker.assertEmpty();
    assertThat(broker.counts().ringBytes()).isZero();
  }

  /** A broker that was killed could not answer it (rule 84). */
  @Test
  void shouldBeginAReloadAgain() {
    RecordingSession root = broker.administrator(13);
    broker.conductor.reloads().readBy(_ -> {});
    long reload = root.begin(new Request.Reload(false));
    broker.handOver(alice, bob, root);
    broker.conductor.reloads().readBy(_ -> broker.conductor.reloads().refused(List.of("wrong")));
    assertThat(root.outcome(reload)).isEqualTo("waits");
    broker.conductor.resume();
    broker.settle();
    assertThat(((Reply.Reloaded) root.answer(reload).message()).errors()).containsExactly("wrong");
  }
}
