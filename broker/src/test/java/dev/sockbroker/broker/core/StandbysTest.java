package dev.sockbroker.broker.core;

import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cancels that name their target, and standbys (rules 29, 30 and 51). */
class StandbysTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final RecordingSession c = broker.connect(12);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long ofA = a.accept(listener);
  private final long ofB = a.share(ofA, b);
  private final long ofC = a.share(ofA, c);

  private void peerSends(String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
  }

  private Reply.Registration registration() {
    return c.ask(Reply.Shown.class, new Request.Show("d" + ofC)).registration();
  }

  @Test
  void shouldLeaveTheSuccessorsRegistrationToACancelOfOnesOwn() {
    long own = a.select(ofA, READ);
    b.select(ofB, READ);
    assertThat(a.cancel(ofA, own)).isZero();
    a.takeEvents();
    peerSends("x");
    assertThat(b.takeEvents()).containsExactly("READ");
  }

  @Test
  void shouldCancelOnesOwnByItsNumber() {
    long own = a.select(ofA, READ);
    assertThat(b.cancel(ofB, own)).as("another's").isZero();
    assertThat(a.cancel(ofA, own + 1)).as("another number").isZero();
    assertThat(registration()).isNotNull();
    assertThat(a.cancel(ofA, own)).isEqualTo(own);
    assertThat(registration()).isNull();
    assertThat(a.cancel(ofA, own)).as("again").isZero();
    peerSends("x");
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldNotMakeTheSocketNonBlockingWhereNothingIsCancelled() {
    long own = a.select(ofA, READ);
    b.cancelAny(ofB);
    b.set(ofB, "O_NONBLOCK", false);
    assertThat(a.cancel(ofA, own)).isZero();
    assertThat(b.get(ofB, "O_NONBLOCK")).isEqualTo(false);
  }

  @Test
  void shouldRefuseACancelThatNamesNothingOrTwoThings() {
    Set<dev.sockbroker.protocol.NetworkEvent> none = Set.of();
    for (Request request :
        new Request[] {
          new Request.AsyncSelect(ofA, none),
          new Request.AsyncSelect(ofA, none, false, 1, true),
          new Request.AsyncSelect(ofA, none, true, 0, true),
          new Request.AsyncSelect(ofA, Set.of(READ), false, 1, false),
          new Request.AsyncSelect(ofA, Set.of(READ), false, 0, true),
          new Request.EventSelect(ofA, none, 0),
          new Request.EventSelect(ofA, none, 0, false, 1, true),
        }) {
      assertThat(a.outcome(request)).as(request.toString()).isEqualTo("EINVAL");
    }
  }

  @Test
  void shouldPromoteTheNewestStandbyWhenTheRegistrantsDescriptorCloses() {
    a.selectStandby(ofA, READ);
    b.selectStandby(ofB, READ);
    c.select(ofC, READ);
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11, stands by");
    assertThat(b.takeEvents()).containsExactly("REPLACED 2 by 12, stands by");
    peerSends("x");
    assertThat(c.takeEvents()).containsExactly("READ");
    c.close(ofC);
    assertThat(b.takeEvents()).containsExactly("PROMOTED 4 from 2", "READ");
    assertThat(a.takeEvents()).isEmpty();
    b.close(ofB);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 5 from 1", "READ");
  }

  @Test
  void shouldPromoteWhenTheRegistrantsSessionEndsAndNobodyOfThatSession() {
    long second = b.share(ofB, c);
    a.selectStandby(ofA, READ);
    c.selectStandby(second, READ);
    c.select(ofC, READ);
    a.takeEvents();
    c.end();
    broker.settle();
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("PROMOTED 4 from 1", "READ");
  }

  @Test
  void shouldPromoteWhenTheRegistrantCancelsItsOwn() {
    a.selectStandby(ofA, READ);
    long current = b.select(ofB, READ);
    a.takeEvents();
    assertThat(b.cancel(ofB, current)).isEqualTo(current);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1");
    assertThat(b.takeEvents()).isEmpty();
  }

  @Test
  void shouldPromoteWhenTheRegistrantsDescriptorIsRevoked() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.takeEvents();
    broker.administrator(13).ask(Reply.Done.class, new Request.RevokeDescriptor(ofB));
    assertThat(b.takeEvents()).containsExactly("REVOKED " + ofB);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1");
  }

  @Test
  void shouldPromoteWhenTheRegistrantsEventObjectCloses() {
    a.selectStandby(ofA, READ);
    long object = b.eventObject();
    b.eventSelect(ofB, object, READ);
    a.takeEvents();
    b.ask(Reply.Done.class, new Request.CloseEvent(object));
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1");
  }

  @Test
  void shouldEndEveryStandbyThatUsesAnObjectThatCloses() {
    long second = b.share(ofB, b);
    long object = b.eventObject();
    a.selectStandby(ofA, READ);
    b.ask(
        Reply.Registered.class, new Request.EventSelect(ofB, Set.of(READ), object, true, 0, false));
    b.eventSelect(second, object, READ);
    a.takeEvents();
    b.takeEvents();
    b.ask(Reply.Done.class, new Request.CloseEvent(object));
    assertThat(a.takeEvents()).containsExactly("PROMOTED 4 from 1");
    assertThat(b.takeEvents()).isEmpty();
  }

  @Test
  void shouldEndAndTellTheStandbysWhenAnyIsCancelled() {
    a.selectStandby(ofA, READ);
    b.selectStandby(ofB, READ);
    c.select(ofC, READ);
    a.takeEvents();
    b.takeEvents();
    assertThat(c.cancelAny(ofC)).isEqualTo(3);
    assertThat(a.takeEvents()).containsExactly("STANDBY_ENDED 1 by 12");
    assertThat(b.takeEvents()).containsExactly("STANDBY_ENDED 2 by 12");
    assertThat(c.takeEvents()).isEmpty();
    assertThat(registration()).isNull();
    c.cancel(ofC, c.select(ofC, READ));
    assertThat(a.takeEvents()).isEmpty();
    assertThat(b.takeEvents()).isEmpty();
  }

  @Test
  void shouldPassOverAStandbyThatHasGone() {
    a.selectStandby(ofA, READ);
    long second = b.selectStandby(ofB, READ);
    c.select(ofC, READ);
    assertThat(b.cancel(ofB, second)).isEqualTo(second);
    a.takeEvents();
    b.takeEvents();
    c.close(ofC);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 4 from 1");
    assertThat(b.takeEvents()).isEmpty();
  }

  @Test
  void shouldStandByOnceForEachDescriptor() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.select(ofA, READ);
    c.select(ofC, READ);
    a.takeEvents();
    c.close(ofC);
    peerSends("x");
    assertThat(a.takeEvents()).as("the later registration does not stand by").isEmpty();
  }

  @Test
  void shouldTellWhoDoesNotReadOnceItReads() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.takeEvents();
    a.stopReading();
    b.close(ofB);
    peerSends("x");
    assertThat(a.takeEvents()).isEmpty();
    assertThat(registration().session()).as("promoted at once").isEqualTo(a.id());
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1", "READ");
  }

  @Test
  void shouldPileNothingUpForWhoDoesNotRead() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.takeEvents();
    a.stopReading();
    for (int i = 0; i < 100; i++) {
      b.cancel(ofB, b.select(ofB, READ));
    }
    assertThat(a.takeEvents()).isEmpty();
    assertThat(a.cancel(ofA, 1)).as("by the number that it knows").isEqualTo(1);
    a.readAgain();
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldTellOnlyTheLastPromotionToWhoDidNotRead() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.takeEvents();
    a.stopReading();
    b.cancel(ofB, b.select(ofB, READ));
    long last = b.select(ofB, READ);
    b.cancel(ofB, last);
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("PROMOTED " + (last + 1) + " from 1");
    b.select(ofB, READ);
    assertThat(a.takeEvents()).containsExactly("REPLACED " + (last + 1) + " by 11, stands by");
  }

  @Test
  void shouldTellAnUntoldStandbyThatItHasEnded() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    a.takeEvents();
    a.stopReading();
    b.close(ofB);
    c.cancelAny(ofC);
    a.readAgain();
    assertThat(a.takeEvents()).containsExactly("STANDBY_ENDED 1 by 12");
  }

  @Test
  void shouldNeitherRecordNorSetTheObjectWhileStandingBy() {
    long object = a.eventObject();
    a.ask(
        Reply.Registered.class, new Request.EventSelect(ofA, Set.of(READ), object, true, 0, false));
    peerSends("x");
    assertThat(a.takeEvents()).containsExactly("SIGNALLED " + object);
    b.select(ofB, WRITE);
    a.takeEvents();
    a.ask(Reply.Done.class, new Request.ResetEvent(object));
    peerSends("y");
    assertThat(a.takeEvents()).isEmpty();
    b.close(ofB);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1", "SIGNALLED " + object);
    assertThat(a.enumerate(ofA, object)).containsExactly("READ");
  }

  @Test
  void shouldStandByOnAnAcceptedSocketAsOnTheListener() {
    long another = a.share(listener, b);
    a.selectStandby(listener, ACCEPT, READ);
    b.selectStandby(another, ACCEPT, READ);
    long own = a.selectStandby(listener, ACCEPT, READ);
    a.dial(listener);
    long made = a.accept(listener);
    long shared = a.share(made, b);
    a.takeEvents();
    b.takeEvents();
    b.select(shared, READ);
    assertThat(a.takeEvents()).containsExactly("REPLACED 1 by 11, stands by");
    b.close(shared);
    assertThat(a.takeEvents()).containsExactly("PROMOTED 3 from 1");
    a.close(made);
    assertThat(b.takeEvents()).as("the listener's standbys are the listener's").isEmpty();
    assertThat(a.cancel(listener, own)).isEqualTo(own);
    assertThat(b.takeEvents()).containsExactly("PROMOTED 4 from 2");
  }

  @Test
  void shouldShowWhoStandsBy() {
    a.selectStandby(ofA, READ);
    b.select(ofB, READ);
    Reply.Shown shown = c.ask(Reply.Shown.class, new Request.Show("d" + ofC));
    assertThat(shown.registration().descriptor()).isEqualTo(ofB);
    assertThat(shown.holders()).filteredOn(it -> it.standby() != 0).hasSize(1);
    assertThat(shown.holders().getFirst().standby()).isEqualTo(1);
  }
}
