package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.broker.core.RecordingSession.sending;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The share of a user, the rest for other users, and the error messages (rule 20). */
class AccountsTest {
  private static final long ALICE = 1000;
  private static final long MALLORY = 1001;
  private static final long ROOT = 0;

  private static final Request.Open TCP =
      RecordingSession.openRequest(Family.INET, SocketType.STREAM, null, null, null, 0);

  private final TestBroker broker =
      new TestBroker(Limits.DEFAULT.with("sessions", 12).with("sockets", 16).with("tokens", 8));

  private RecordingSession session(int pid, long uid) {
    return broker.connect(pid, uid, false);
  }

  private static String message(RecordingSession session, Request request) {
    return session.ask(request) instanceof Reply.Error error ? error.message() : "";
  }

  @Test
  void shouldGiveOneUserHalfOfWhatTheBrokerHas() {
    RecordingSession first = session(10, MALLORY);
    RecordingSession second = session(11, MALLORY);
    for (int i = 0; i < 4; i++) {
      first.tcp();
      second.tcp();
    }

    assertThat(first.outcome(TCP)).isEqualTo("EDQUOT");
    assertThat(second.outcome(TCP)).isEqualTo("EDQUOT");
    assertThat(session(12, ALICE).outcome(TCP)).as("another user").isEqualTo("ok");
  }

  @Test
  void shouldSayWhoUsesHowMuchOfWhichLimitAndHowToRaiseIt() {
    RecordingSession first = session(10, MALLORY);
    RecordingSession second = session(11, MALLORY);
    for (int i = 0; i < 8; i++) {
      (i < 5 ? first : second).tcp();
    }

    assertThat(message(second, TCP))
        .contains("uid 1001 uses 8 of 8 sockets")
        .contains("session 1 (pid 10): 5, session 2 (pid 11): 3")
        .contains("serve --limit user-sockets=NUMBER, or its quota in the configuration");
  }

  @Test
  void shouldKeepRoomForRootAndItsOwnUser() {
    for (int i = 0; i < 8; i++) {
      session(10, MALLORY);
    }
    RecordingSession mallory = session(20, 1002);
    RecordingSession alice = session(21, 1003);
    for (int i = 0; i < 7; i++) {
      mallory.tcp();
      alice.tcp();
    }
    mallory.tcp();

    assertThat(alice.outcome(TCP)).as("15 of 16, and one is kept").isEqualTo("ENFILE");
    assertThat(session(22, TestBroker.OWN_UID).outcome(TCP)).isEqualTo("ok");
    assertThat(session(23, ROOT).outcome(TCP)).as("none is left").isEqualTo("ENFILE");
  }

  @Test
  void shouldBoundTheSessionsOfAUser() {
    List<RecordingSession> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      made.add(session(10, MALLORY));
    }

    assertThat(made).filteredOn(it -> it.session.isWelcomed()).hasSize(6);
    assertThat(made.getLast().isClosed()).isTrue();
    assertThat(session(20, ALICE).session.isWelcomed()).isTrue();
  }

  @Test
  void shouldGiveThePlaceOfWhoIsSilentToOthers() {
    List<RecordingSession> silent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      broker.kernel.startProcess(10);
      silent.add(new RecordingSession(broker, new Identity(10, TestBroker.OWN_UID)));
    }

    assertThat(broker.administrator(50).session.isWelcomed()).isTrue();
    assertThat(session(51, ALICE).session.isWelcomed()).isTrue();
    assertThat(silent).filteredOn(RecordingSession::isClosed).hasSize(22);
    assertThat(silent.getLast().isClosed()).as("the oldest go first").isFalse();
  }

  @Test
  void shouldTakeThePlaceFromTheUserWithMostSilentConnections() {
    broker.kernel.startProcess(10);
    RecordingSession patient = new RecordingSession(broker, new Identity(10, ALICE));
    for (int i = 0; i < 40; i++) {
      new RecordingSession(broker, new Identity(10, MALLORY));
    }

    assertThat(patient.isClosed()).as("the oldest, and its user's only one").isFalse();
  }

  @Test
  void shouldCountTokensThatOutliveTheirSession() {
    RecordingSession maker = session(10, MALLORY);
    RecordingSession target = session(11, ALICE);
    long socket = maker.tcp();
    for (int i = 0; i < 4; i++) {
      maker.tokenFor(socket, target);
    }
    maker.end();
    RecordingSession again = session(12, MALLORY);
    Request duplicate = Request.Duplicate.toPid(again.tcp(), 11);

    assertThat(again.outcome(duplicate)).isEqualTo("EDQUOT");
    assertThat(message(again, duplicate)).contains("session 1 (pid 10): 4");

    target.end();
    broker.kernel.endProcess(11);
    broker.settle();
    again.end();
    broker.assertEmpty();
  }

  @Test
  void shouldRefuseATokenThatIsGoodForTooLong() {
    RecordingSession maker = session(10, ALICE);
    long socket = maker.tcp();
    long day = 86_400_000;

    assertThat(maker.outcome(Request.Duplicate.toUid(socket, ALICE).expiringIn(day)))
        .isEqualTo("ok");
    Request tooLong = Request.Duplicate.toUid(socket, ALICE).expiringIn(day + 1);
    assertThat(maker.outcome(tooLong)).isEqualTo("EINVAL");
    assertThat(message(maker, tooLong)).contains("86400 s", "token-expiry-seconds");
  }

  @Test
  void shouldCountAWaitForSeveralObjectsSeveralTimes() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("user-waiting", 3));
    RecordingSession session = small.connect(10, MALLORY, false);
    List<Long> objects = List.of(session.eventObject(), session.eventObject());
    session.begin(new Request.WaitEvents(objects, false, null));
    session.begin(receiving(session.udp(), 1, null));

    assertThat(small.counts().waitingOperations()).isEqualTo(3);
    assertThat(session.outcome(receiving(session.udp(), 1, null))).isEqualTo("EDQUOT");
  }

  @Test
  void shouldCountALargeRequestThatWaits() {
    RecordingSession session = session(10, ALICE);
    List<Long> sameObject = Collections.nCopies(10_000, session.eventObject());
    session.begin(new Request.WaitEvents(sameObject, false, null));

    assertThat(broker.counts().bufferedBytes()).isEqualTo(240_000);
    assertThat(broker.counts().waitingOperations()).isEqualTo(1);

    session.end();
    broker.assertEmpty();
  }

  @Test
  void shouldCountWhatAWatcherIsNotToldYet() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("session-buffered-bytes", 1000));
    RecordingSession watcher = small.administrator(10);
    watcher.ask(new Request.Watch(true));
    watcher.stopReading();
    RecordingSession worker = small.connect(11, ALICE, false);
    for (int i = 0; i < 20; i++) {
      worker.close(worker.tcp());
    }
    assertThat(small.counts().bufferedBytes()).isBetween(500L, 1000L);

    watcher.readAgain();

    assertThat(small.counts().bufferedBytes()).isZero();
    worker.close(worker.tcp());
    assertThat(watcher.takeHappenings())
        .filteredOn(it -> it.what() == Event.What.OPENED && it.lost() > 0)
        .as("it is told that it missed something")
        .hasSizeBetween(0, 1);
  }

  @Test
  void shouldCountWhatARingLeavesUntilSomebodyTakesIt() {
    RecordingSession a = session(10, ALICE);
    RecordingSession b = session(11, ALICE);
    long listener = a.listener(4);
    a.dial(listener).send(RecordingSession.bytes("left in the ring"), null, false);
    long server = a.accept(listener);
    a.ask(new Request.AttachRing(server, 4096));
    long shared = b.redeem(a.tokenFor(server, b));
    broker.settle();

    a.end();
    assertThat(broker.counts().ringBytes()).as("of who has gone").isEqualTo(16);

    assertThat(b.ask(receiving(shared, 4, null), "").bytes()).isEqualTo("left");
    assertThat(broker.counts().ringBytes()).isEqualTo(12);
    b.end();
    broker.assertEmpty();
    assertThat(broker.counts().ringBytes()).isZero();
  }

  @Test
  void shouldCountAConnectionThatIsGivenBack() {
    RecordingSession a = session(10, ALICE);
    RecordingSession b = session(11, ALICE);
    long listener = a.listener(4);
    long shared = b.redeem(a.tokenFor(listener, b));
    a.dial(listener);
    b.stopReading();
    b.begin(new Request.Accept(shared, null));
    int before = broker.counts().fileDescriptors();

    b.end();

    assertThat(broker.counts().fileDescriptors())
        .as("without the session's two, but with the connection's")
        .isEqualTo(before - 2);
    a.end();
    broker.assertEmpty();
    assertThat(broker.counts().fileDescriptors()).isEqualTo(2);
  }

  @Test
  void shouldFitIntoHalfOfASmallHeap() {
    Limits limits = Limits.DEFAULT.within(100_000, 64 << 20, 64 << 20);
    long bytes = 0;
    for (Resource resource : Resource.values()) {
      bytes += (long) limits.of(resource) * resource.heapBytes();
    }

    assertThat(bytes).isLessThan(32 << 20);
    assertThat(limits.of(Resource.BUFFERED_BYTES)).isLessThanOrEqualTo(16 << 20);
    assertThat(limits.of(Level.USER, Resource.WAITING)).isEqualTo(limits.of(Resource.WAITING) / 2);
  }

  @Test
  void shouldFitIntoTheThreads() {
    assertThat(Limits.DEFAULT.withinThreads(80).of(Resource.THREADS)).isEqualTo(10);
    assertThat(Limits.DEFAULT.withinThreads(1).of(Resource.THREADS)).isEqualTo(1);
    assertThat(Limits.DEFAULT.within(100, 64 << 20, 64 << 20).of(Resource.THREADS)).isEqualTo(64);
  }

  @Test
  void shouldFitIntoTheOpenFiles() {
    for (int files : new int[] {24, 40, 100, 1000, 20_000}) {
      Limits limits = Limits.DEFAULT.within(files, 4L << 30, 4L << 30);
      assertThat(2 * limits.connections() + limits.of(Resource.FILE_DESCRIPTORS))
          .isLessThanOrEqualTo(files);
      assertThat(limits.of(Resource.SOCKETS) + limits.of(Resource.SESSIONS))
          .isLessThanOrEqualTo(limits.of(Resource.FILE_DESCRIPTORS));
    }
  }

  @Test
  void shouldRefuseOnlyTheSendThatIsTooMuch() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("user-buffered-bytes", 6000));
    RecordingSession mallory = small.connect(10, MALLORY, false);
    RecordingSession alice = small.connect(11, ALICE, false);
    mallory.begin(sending(full(mallory), null), "m".repeat(6000));

    long refused = mallory.begin(sending(full(mallory), null), "m");
    assertThat(mallory.outcome(refused)).isEqualTo("EDQUOT");
    long waiting = alice.begin(sending(full(alice), null), "a".repeat(6000));
    assertThat(alice.outcome(waiting)).isEqualTo("waits");
  }

  /** A connection whose buffers are full. */
  private static long full(RecordingSession session) {
    long listener = session.listener(4);
    session.dial(listener);
    long server = session.accept(listener);
    session.fill(server);
    return server;
  }

  @Test
  void shouldNameWhatTheMachineLowersAndNothingElse() {
    Limits asked = Limits.DEFAULT.with("watchers", 2);

    Limits limits = asked.within(1000, 1L << 40, 1L << 40);

    assertThat(limits.lowerThan(asked)).contains("sessions", "sockets").doesNotContain("watchers");
    assertThat(limits.of("watchers")).isEqualTo(2);
    assertThat(asked.lowerThan(asked)).isEmpty();
  }
}
