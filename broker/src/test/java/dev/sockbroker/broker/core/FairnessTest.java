package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * One request or one event causes a bounded amount of work in the loop. Then others have their
 * turn.
 */
class FairnessTest {
  private static final int CONNECTIONS = 200;

  private final TestBroker broker = new TestBroker();
  private final RecordingSession session = broker.connect(10);

  @Test
  void shouldLookAtSomeThousandsForOnePageAndSayWhereTheNextBegins() {
    int sockets = Looks.MAX + 10;
    for (int i = 0; i < sockets; i++) {
      session.ask(Reply.Opened.class, datagram(null));
    }

    Reply.Listing first = list(broker.administrator(11), 0, 0, 4711);

    assertThat(first.rows()).isNullOrEmpty();
    assertThat(first.more()).isTrue();
    assertThat(first.afterSocket()).isBetween(1L, (long) Looks.MAX);
  }

  @Test
  void shouldListEachDescriptorOnceOverAllPages() {
    for (int i = 0; i < 3000; i++) {
      session.ask(Reply.Opened.class, datagram(null));
    }
    RecordingSession administrator = broker.administrator(11);
    List<Long> listed = new ArrayList<>();
    Reply.Listing page = list(administrator, 0, 0, 10);
    while (true) {
      page.rows().forEach(row -> listed.add(row.id()));
      if (!page.more()) {
        break;
      }
      page = list(administrator, page.afterSocket(), page.afterDescriptor(), 10);
    }
    assertThat(listed).hasSize(3000).doesNotHaveDuplicates();
  }

  /** With any number of other holders. */
  @Test
  void shouldFindANameInOnePage() {
    for (int i = 0; i < Looks.MAX + 10; i++) {
      session.ask(Reply.Opened.class, datagram(null));
    }
    session.ask(Reply.Opened.class, datagram("web"));

    Reply.Listing page = session.ask(Reply.Listing.class, Request.ListDescriptors.named("web"));

    assertThat(page.rows()).hasSize(1);
    assertThat(page.more()).isFalse();
  }

  private static Reply.Listing list(
      RecordingSession by, long afterSocket, long afterDescriptor, int pid) {
    return by.ask(
        Reply.Listing.class,
        new Request.ListDescriptors(afterSocket, afterDescriptor, pid, null, null, null, null));
  }

  private static Request.Open datagram(String name) {
    return Request.Open.of(Family.INET, SocketType.DGRAM).named(name, 0);
  }

  @Test
  void shouldLetOnlySomeSessionsWatch() {
    int watchers = 0;
    String outcome = "";
    for (int pid = 100; outcome.isEmpty() && pid < 300; pid++) {
      Reply reply = broker.connect(pid, 1000, false).ask(new Request.Watch(true));
      outcome = reply instanceof Reply.Error error ? error.error() : "";
      watchers += outcome.isEmpty() ? 1 : 0;
    }
    assertThat(outcome).isEqualTo("EDQUOT");
    assertThat(watchers).isEqualTo(32);
  }

  @Test
  void shouldLetAnotherWatchWhenOneHasEnded() {
    List<RecordingSession> watchers = new ArrayList<>();
    for (int pid = 100; pid < 132; pid++) {
      watchers.add(broker.connect(pid, 1000, false));
      watchers.getLast().ask(Reply.Done.class, new Request.Watch(true));
    }
    RecordingSession next = broker.connect(200, 1000, false);
    assertThat(next.outcome(new Request.Watch(true))).isEqualTo("EDQUOT");

    watchers.getFirst().end();
    assertThat(next.outcome(new Request.Watch(true))).isEqualTo("ok");

    watchers.getLast().ask(Reply.Done.class, new Request.Watch(false));
    assertThat(broker.connect(201, 1000, false).outcome(new Request.Watch(true))).isEqualTo("ok");
  }

  /** The bytes have no owner from the start, and the kernel discards them in the next passes. */
  @Test
  void shouldEndTheConnectionsOfASessionOneAfterTheOther() {
    for (int i = 0; i < CONNECTIONS; i++) {
      connection();
    }
    int before = broker.counts().fileDescriptors();

    session.end();

    assertThat(broker.counts().descriptors()).isZero();
    assertThat(broker.counts().fileDescriptors()).isLessThan(before - 60).isGreaterThan(100);
    broker.pass(1);
    broker.assertEmpty();
  }

  private void connection() {
    Address any = Address.inet(SimulatedKernel.HOST, 0);
    Reply.Opened listener =
        session.ask(
            Reply.Opened.class,
            Request.Open.of(Family.INET, SocketType.STREAM).boundTo(any).listening(4));
    Reply.Opened client =
        session.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM));
    session.ask(
        Reply.Addresses.class, new Request.Connect(client.descriptor(), listener.local(), null));
    session.ask(Reply.Done.class, new Request.Close(listener.descriptor()));
  }
}
