package dev.sockbroker.broker.core;

import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The record and the event objects (rules 40 and 42). */
class EventObjectsTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long server = a.accept(listener);
  private final long shared = a.share(server, b);
  private final long object = a.eventObject();

  private void peerSends(String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  private String wait(RecordingSession session, long... objects) {
    Reply reply =
        session.ask(new Request.WaitEvents(Arrays.stream(objects).boxed().toList(), false, 0L));
    return reply instanceof Reply.Signalled it
        ? it.objects().toString()
        : RecordingSession.outcome(reply);
  }

  @Test
  void shouldSignalOnceAndReadClearAndResetInOneStep() {
    a.eventSelect(server, object, READ);
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("SIGNALLED " + object);
    assertThat(a.enumerate(server, object)).containsExactly("READ");
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
    assertThat(a.enumerate(server, object)).isEmpty();
    a.receive(server, 1);
    peerSends("y");
    assertThat(a.takeEvents()).containsExactly("SIGNALLED " + object);
  }

  @Test
  void shouldLetAnyHolderEnumerateButNotTouchAnothersObject() {
    a.eventSelect(server, object, READ);
    peerSends("x");
    long own = b.eventObject();
    assertThat(b.outcome(new Request.EnumNetworkEvents(shared, object))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.EnumNetworkEvents(shared, own))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.EventSelect(shared, Set.of(READ), object)))
        .isEqualTo("EINVAL");
    assertThat(b.enumerate(shared, 0)).containsExactly("READ");
    assertThat(wait(a, object)).as("stays set").isEqualTo("[" + object + "]");
    assertThat(a.enumerate(server, 0)).isEmpty();
  }

  @Test
  void shouldStaySetForAnotherSocketsRecord() {
    a.eventSelect(server, object, READ);
    a.eventSelect(listener, object, ACCEPT);
    peerSends("x");
    a.dial(listener);
    assertThat(a.enumerate(server, object)).containsExactly("READ");
    assertThat(wait(a, object)).isEqualTo("[" + object + "]");
    assertThat(a.enumerate(listener, object)).containsExactly("ACCEPT");
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
  }

  @Test
  void shouldResetWhatWasSetByHand() {
    a.eventSelect(server, object, READ);
    a.ask(new Request.SetEvent(object));
    assertThat(a.enumerate(server, object)).isEmpty();
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
    a.ask(new Request.SetEvent(object));
    a.ask(new Request.ResetEvent(object));
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
  }

  @Test
  void shouldStartTheRecordAnewWhenRegistering() {
    a.eventSelect(server, object, READ);
    peerSends("x");
    a.receive(server, 1);
    a.eventSelect(server, object, READ);
    assertThat(a.enumerate(server, 0)).isEmpty();
    assertThat(wait(a, object)).as("replacing leaves the object").isEqualTo("[" + object + "]");
  }

  @Test
  void shouldKeepTheRecordWhenEnumeratingIsRefused() {
    a.eventSelect(server, object, READ);
    peerSends("x");
    assertThat(a.outcome(new Request.EnumNetworkEvents(server, 999))).isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.EnumNetworkEvents(999, object))).isEqualTo("EBADF");
    assertThat(a.enumerate(server, object)).containsExactly("READ");
  }

  @Test
  void shouldNeitherSetNorResetTheObjectOfAReplacedRegistration() {
    a.eventSelect(server, object, READ);
    b.select(shared, READ);
    assertThat(wait(a, object)).isEqualTo("ETIMEDOUT");
    a.eventSelect(server, object, READ);
    peerSends("x");
    b.select(shared, READ);
    assertThat(wait(a, object)).isEqualTo("[" + object + "]");
  }

  @Test
  void shouldDropTheRegistrationsThatUseAClosedObject() {
    a.eventSelect(server, object, READ);
    a.eventSelect(listener, object, ACCEPT);
    long waiting = a.begin(new Request.WaitEvents(List.of(object), false, null));
    a.ask(Reply.Done.class, new Request.CloseEvent(object));
    assertThat(a.outcome(waiting)).isEqualTo("ECANCELED");
    assertThat(broker.counts().registrations()).isZero();
    peerSends("x");
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldShareTheObjectWithAcceptedSockets() {
    a.eventSelect(listener, object, ACCEPT, READ);
    a.dial(listener).send(RecordingSession.bytes("x"), null, false);
    broker.settle();
    long accepted = a.accept(listener);
    assertThat(a.enumerate(listener, object)).containsExactly("ACCEPT");
    assertThat(wait(a, object)).isEqualTo("[" + object + "]");
    assertThat(a.enumerate(accepted, object)).containsExactly("READ");
  }

  @Test
  void shouldWaitForAnyOrAllWithATime() {
    long second = a.eventObject();
    long any = a.begin(new Request.WaitEvents(List.of(object, second), false, null));
    long all = a.begin(new Request.WaitEvents(List.of(object, second), true, null));
    long timed = a.begin(new Request.WaitEvents(List.of(second), true, 50L));
    a.ask(new Request.SetEvent(object));
    assertThat(a.outcome(any)).isEqualTo("ok");
    assertThat(a.outcome(all)).isEqualTo("waits");
    broker.pass(50);
    assertThat(a.outcome(timed)).isEqualTo("ETIMEDOUT (own time)");
    a.ask(new Request.SetEvent(second));
    assertThat(a.outcome(all)).isEqualTo("ok");
    assertThat(a.outcome(new Request.WaitEvents(List.of(), true, 0L))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.WaitEvents(List.of(object), true, 0L))).isEqualTo("EINVAL");
  }
}
