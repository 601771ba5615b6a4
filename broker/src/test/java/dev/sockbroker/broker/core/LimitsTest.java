package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.RecordingSession.receiving;
import static dev.sockbroker.broker.core.RecordingSession.sending;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is limited, and how it is refused (rule 20). */
class LimitsTest {
  private static final Limits LIMITS =
      Limits.DEFAULT
          .with("sessions", 5)
          .with("sockets", 5)
          .with("descriptors", 7)
          .with("tokens", 3)
          .with("buffered-bytes", 9000)
          .with("session-descriptors", 4)
          .with("session-tokens", 2)
          .with("session-event-objects", 2)
          .with("session-waiting", 2)
          .with("session-buffered-bytes", 6000)
          .with("session-ring-bytes", 1 << 14);

  private final TestBroker broker = new TestBroker(LIMITS);

  /** The broker's own user, which has no share. */
  private final RecordingSession a = own(10);

  private final RecordingSession b = own(11);

  private RecordingSession own(int pid) {
    return broker.connect(pid, TestBroker.OWN_UID, false);
  }

  private static Request.Open tcp() {
    return RecordingSession.openRequest(Family.INET, SocketType.STREAM, null, null, null, 0);
  }

  /** A connection whose buffers are full. */
  private long fullConnection() {
    long listener = a.listener(4);
    a.dial(listener);
    long server = a.accept(listener);
    a.fill(server);
    return server;
  }

  @Test
  void shouldBoundDescriptorsAndSockets() {
    for (int i = 0; i < 4; i++) {
      a.tcp();
    }
    assertThat(a.outcome(tcp())).isEqualTo("EMFILE");
    b.tcp();
    assertThat(b.outcome(tcp())).isEqualTo("ENFILE");
  }

  @Test
  void shouldBoundDescriptorsInAll() {
    long socket = a.tcp();
    for (int i = 0; i < 3; i++) {
      a.share(socket, a);
      b.redeem(a.tokenFor(socket, b));
    }
    assertThat(b.outcome(tcp())).isEqualTo("ENFILE");
  }

  @Test
  void shouldNotUseUpATokenAtTheLimit() {
    long socket = a.tcp();
    for (int i = 0; i < 4; i++) {
      b.share(socket = i == 0 ? b.tcp() : socket, b);
      if (i == 2) {
        break;
      }
    }
    long own = a.tcp();
    String token = a.tokenFor(own, b);
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("EMFILE");
    b.close(socket);
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldLeaveAConnectionWaitingAtTheLimit() {
    long listener = a.listener(4);
    a.tcp();
    a.tcp();
    long last = a.tcp();
    a.select(listener, ACCEPT);
    a.dial(listener);
    assertThat(a.takeEvents()).containsExactly("ACCEPT");
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("EMFILE");
    assertThat(a.takeEvents()).as("the connection still waits").containsExactly("ACCEPT");
    a.close(last);
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("ok");
    assertThat(a.takeEvents()).isEmpty();
  }

  @Test
  void shouldBoundTokens() {
    long socket = a.tcp();
    a.tokenFor(socket, b);
    String second = a.tokenFor(socket, b);
    Request.Duplicate more = Request.Duplicate.toPid(socket, 11);
    assertThat(a.outcome(more)).isEqualTo("EMFILE");
    long other = b.tcp();
    b.tokenFor(other, a);
    assertThat(b.outcome(Request.Duplicate.toPid(other, 10))).isEqualTo("ENFILE");
    assertThat(broker.kernel.watches()).as("a refused token watches nobody").isZero();
    assertThat(a.outcome(new Request.RevokeToken(second))).isEqualTo("ok");
    assertThat(a.outcome(more)).isEqualTo("ok");
  }

  @Test
  void shouldBoundEventObjects() {
    a.eventObject();
    long second = a.eventObject();
    assertThat(a.outcome(new Request.CreateEvent())).isEqualTo("EMFILE");
    a.ask(new Request.CloseEvent(second));
    assertThat(a.outcome(new Request.CreateEvent())).isEqualTo("ok");
  }

  @Test
  void shouldBoundWaitingOperationsOfAnyKind() {
    long socket = a.udp();
    long first = a.begin(receiving(socket, 1, null));
    a.begin(new Request.WaitEvents(List.of(a.eventObject()), false, null));
    assertThat(a.outcome(receiving(socket, 1, null))).isEqualTo("ENOBUFS");
    assertThat(a.outcome(new Request.WaitEvents(List.of(1L), false, null))).isEqualTo("ENOBUFS");
    a.begin(new Request.Cancel(first));
    assertThat(a.outcome(a.begin(receiving(socket, 1, null)))).isEqualTo("waits");
  }

  @Test
  void shouldBoundTheBytesOfWaitingSends() {
    long server = fullConnection();
    long first = a.begin(sending(server, null), "a".repeat(5000));
    assertThat(a.outcome(first)).isEqualTo("waits");
    long second = a.begin(sending(server, null), "b".repeat(2000));
    assertThat(a.outcome(second)).as("behind another, and too much").isEqualTo("ENOBUFS");
    assertThat(broker.counts().bufferedBytes()).isEqualTo(5000);
    long third = a.begin(sending(server, null), "c".repeat(1000));
    assertThat(a.outcome(third)).isEqualTo("waits");
    a.begin(new Request.Cancel(first));
    assertThat(broker.counts().bufferedBytes()).isEqualTo(1000);
  }

  @Test
  void shouldBoundTheBytesOfWaitingSendsInAll() {
    long server = fullConnection();
    long shared = b.redeem(a.tokenFor(server, b));
    assertThat(a.outcome(a.begin(sending(server, null), "a".repeat(5000)))).isEqualTo("waits");

    assertThat(b.outcome(b.begin(sending(shared, null), "b".repeat(5000))))
        .as("5000 of another session, 9000 in all")
        .isEqualTo("ENOBUFS");

    assertThat(b.outcome(b.begin(sending(shared, null), "b".repeat(4000)))).isEqualTo("waits");
    assertThat(broker.counts().bufferedBytes()).isEqualTo(9000);
  }

  @Test
  void shouldSayThatASendWouldBlockWhereItMayNotWait() {
    long server = fullConnection();

    assertThat(a.outcome(a.begin(sending(server, 0L), "a".repeat(7000))))
        .as("more than the session may keep, but nothing is kept")
        .isEqualTo("EAGAIN");
  }

  @Test
  void shouldCountARingAsASocket() {
    long listener = a.listener(4);
    a.dial(listener);
    long server = a.accept(listener);
    a.ask(new Request.AttachRing(server, 4096));
    b.tcp();
    b.tcp();

    assertThat(b.outcome(tcp())).as("four sockets and a ring").isEqualTo("ENFILE");

    a.ask(new Request.DetachRing(server));
    b.tcp();
  }

  @Test
  void shouldBoundSessions() {
    own(12);
    own(13);
    own(14);
    RecordingSession tooMany = own(15);
    assertThat(tooMany.session.isWelcomed()).isFalse();
    assertThat(tooMany.isClosed()).isTrue();
  }

  @Test
  void shouldKeepRoomForAdministratorsInACrowd() {
    for (int pid = 12; pid < 30; pid++) {
      broker.connect(pid);
    }
    for (int pid = 30; pid < 35; pid++) {
      assertThat(broker.administrator(pid).session.isWelcomed()).isTrue();
    }
  }

  @Test
  void shouldBoundHowManyObjectsAreWaitedFor() {
    List<Long> objects = List.of(a.eventObject(), a.eventObject());
    long both = a.begin(new Request.WaitEvents(objects, true, Request.FOREVER));
    Request one = new Request.WaitEvents(objects.subList(0, 1), false, Request.FOREVER);
    assertThat(a.outcome(one)).isEqualTo("ENOBUFS");
    a.ask(Reply.Done.class, new Request.Cancel(both));
    long waits = a.begin(one);
    assertThat(a.outcome(waits)).isEqualTo("waits");
    a.end();
    b.end();
    broker.assertEmpty();
  }
}
