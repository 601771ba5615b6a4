package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.CLOSE;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** There is exactly one registration (rules 27-34). */
class RegistrationTest {
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
  void shouldLetTheSecondCallWinEntirely() {
    a.select(server, READ);
    b.select(shared, WRITE);
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11");
    assertThat(b.takeEvents()).containsExactly("WRITE");
  }

  @Test
  void shouldReplaceAcrossForms() {
    a.select(server, READ, CLOSE);
    long object = b.eventObject();
    b.eventSelect(shared, object, READ);
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11");
    assertThat(b.takeEvents()).containsExactly("SIGNALLED " + object);
    assertThat(b.enumerate(shared, 0)).containsExactly("READ");
    assertThat(a.select(server, READ)).isEqualTo(3);
    assertThat(b.takeEvents()).containsExactly("REPLACED 2 by 10");
    assertThat(b.enumerate(shared, 0)).as("the message form records nothing").isEmpty();
  }

  @Test
  void shouldCancelByAnEmptyMask() {
    a.select(server, READ);
    assertThat(b.cancelAny(shared)).isEqualTo(1);
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11 cancelled");
    assertThat(b.takeEvents()).isEmpty();
  }

  @Test
  void shouldTellTheFormerRegistrantOnceAndNeverOneself() {
    a.select(server, READ);
    a.select(server, WRITE);
    assertThat(a.takeEvents()).containsExactly("WRITE");
    long second = a.share(server, a);
    a.select(second, READ);
    assertThat(a.takeEvents()).containsExactly("REPLACED 2 by 10");
    a.select(second, READ);
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldAnswerBeforeTheEventsThatTheCallCauses() {
    peerSends("x");
    long second = a.share(server, a);
    a.select(server, READ);
    a.takeTold();
    a.begin(new Request.AsyncSelect(second, EnumSet.of(READ, WRITE)));
    List<String> kinds =
        a.takeRaw().stream()
            .map(RecordingSession.Told::message)
            .map(Message::getClass)
            .map(Class::getSimpleName)
            .toList();
    assertThat(kinds).containsExactly("Registered", "Replaced", "Network", "Network");
  }

  @Test
  void shouldChangeNothingWhenRefused() {
    a.select(server, READ);
    assertThat(b.outcome(new Request.EventSelect(shared, Set.of(READ), 0))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.EventSelect(shared, Set.of(READ), 77))).isEqualTo("EINVAL");
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("READ");
    assertThat(b.outcome(Request.EventSelect.cancelAny(shared))).isEqualTo("ok");
  }

  @Test
  void shouldNumberMessagesAndSayNothingOldAfterTheReplacement() {
    a.select(server, READ, WRITE);
    a.takeTold();
    // In one turn, an event occurs, and the registration ends before the event is written.
    peer.send(RecordingSession.bytes("x"), null, false);
    a.post(receiving(server, 0, 0L), "");
    b.post(new Request.AsyncSelect(shared, Set.of(WRITE)), "");
    broker.settle();
    List<Message> told = a.takeRaw().stream().map(RecordingSession.Told::message).toList();
    assertThat(told.getLast()).isInstanceOf(Event.Replaced.class);
    assertThat(told).noneMatch(Event.Network.class::isInstance);
  }

  @Test
  void shouldMakeTheSocketNonBlockingAndKeepItSo() {
    a.cancelAny(server);
    assertThat(a.get(server, "O_NONBLOCK")).isEqualTo(true);
    a.set(server, "O_NONBLOCK", false);
    a.select(server, READ);
    assertThat(b.outcome(Request.SetOption.named(shared, "O_NONBLOCK", false))).isEqualTo("EINVAL");
    a.close(server);
    assertThat(b.get(shared, "O_NONBLOCK")).isEqualTo(true);
    assertThat(b.set(shared, "O_NONBLOCK", false)).isEqualTo(false);
  }

  @Test
  void shouldLetWaitingOperationsGoOnWaiting() {
    long waiting = b.begin(receiving(shared, 8, null));
    a.select(server, READ);
    assertThat(b.outcome(waiting)).isEqualTo("waits");
    peerSends("x");
    assertThat(b.outcome(waiting)).isEqualTo("'x'");
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldDropTheRegistrationWithItsDescriptorInSilence() {
    a.select(server, READ);
    long second = a.share(server, a);
    a.close(server);
    peerSends("x");
    assertThat(a.takeEvents()).isEmpty();
    a.select(second, READ);
    assertThat(a.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldKeepTheRegistrationWhenAnotherDescriptorCloses() {
    a.select(server, READ);
    b.close(shared);
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldTellARegistrantThatWasRevoked() {
    a.select(server, READ);
    long descriptor = server;
    RecordingSession administrator = broker.administrator(12);
    assertThat(b.outcome(new Request.RevokeDescriptor(descriptor))).isEqualTo("EPERM");
    administrator.ask(Reply.Done.class, new Request.RevokeDescriptor(descriptor));
    assertThat(a.takeEvents()).containsExactly("REVOKED " + descriptor);
    assertThat(a.receive(descriptor, 1)).isEqualTo("EBADF");
    peerSends("x");
    assertThat(a.takeEvents()).isEmpty();
    assertThat(b.receive(shared, 4)).isEqualTo("'x'");
  }

  @Test
  void shouldGiveAnAcceptedSocketTheListenersRegistration() {
    a.select(listener, ACCEPT, WRITE);
    a.dial(listener);
    a.takeTold();
    Reply.Opened made = a.ask(Reply.Opened.class, new Request.Accept(listener, 0L));
    assertThat(made.registration()).isEqualTo(1);
    assertThat(a.takeEvents()).containsExactly("WRITE");
    assertThat(a.get(made.descriptor(), "O_NONBLOCK")).isEqualTo(true);
    assertThat(a.select(made.descriptor(), READ)).isEqualTo(2);
    assertThat(a.select(listener, ACCEPT)).as("independent from then on").isEqualTo(2);
  }

  @Test
  void shouldGiveNothingToAnotherSessionsAccept() {
    a.select(listener, ACCEPT, WRITE);
    long other = a.share(listener, b);
    a.dial(listener);
    Reply.Opened made = b.ask(Reply.Opened.class, new Request.Accept(other, 0L));
    assertThat(made.registration()).isZero();
    assertThat(b.takeEvents()).isEmpty();
    assertThat(b.get(made.descriptor(), "O_NONBLOCK")).isEqualTo(false);
  }

  @Test
  void shouldGiveNothingToADescriptorWithoutTheEventRight() {
    a.select(listener, ACCEPT, WRITE);
    Request.Duplicate narrow =
        Request.Duplicate.toSession(listener, a.id())
            .withRights(EnumSet.of(Right.ACCEPT, Right.GETOPT));
    long acceptOnly = a.redeem(a.ask(Reply.Duplicated.class, narrow).token());
    a.dial(listener);
    Reply.Opened made = a.ask(Reply.Opened.class, new Request.Accept(acceptOnly, 0L));
    assertThat(made.registration()).isZero();
    assertThat(made.rights()).containsExactly(Right.ACCEPT, Right.GETOPT);
  }

  @Test
  void shouldWaitForAsManyBytesAsTheLowWaterMarkSays() {
    a.set(server, "SO_RCVLOWAT", 4L);
    a.select(server, READ);
    peerSends("abc");
    b.get(shared, "SO_KEEPALIVE");
    assertThat(a.takeEvents()).isEmpty();
    peerSends("d");
    assertThat(a.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldReportInTheOrderOfTheContract() {
    SimulatedTcp outside = broker.kernel.tcp();
    outside.listen(4);
    long client = a.tcp();
    a.ask(new Request.Connect(client, outside.localAddress(), 1000L));
    SimulatedTcp other = outside.accept();
    other.send(RecordingSession.bytes("x"), null, false);
    other.send(RecordingSession.bytes("!"), null, true);
    broker.settle();
    a.selectAll(client);
    assertThat(a.takeEvents()).containsExactly("CONNECT", "READ", "OOB", "WRITE");
  }
}
