package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.PolicyText;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the broker counts, who sees it, and the reports that it is asked for (rule 82). */
class CountersTest {
  private static final Set<Right> NONE = EnumSet.noneOf(Right.class);

  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(10, 1000, false);
  private final RecordingSession mallory = broker.connect(12, 2000, false);
  private final RecordingSession administrator = broker.administrator(13);
  private final List<Consumer<String>> writing = new ArrayList<>();
  private boolean isRecording;

  @BeforeEach
  void writeReportsLater() {
    broker
        .conductor
        .reports()
        .writtenBy(
            new Reports.Writer() {
              @Override
              public void write(
                  ReportKind kind, Consumer<String> done, Consumer<RefusedException> refused) {
                writing.add(done);
              }

              @Override
              public void record() {
                if (isRecording) {
                  throw new RefusedException(Errno.EALREADY, "it records");
                }
                isRecording = true;
              }

              @Override
              public void discardRecording() {
                isRecording = false;
              }
            });
  }

  private static Request.Open named(String name, Set<Right> others) {
    Address any = Address.inet(SimulatedKernel.HOST, 0);
    return new Request.Open(
        Family.INET, SocketType.STREAM, 0, any, 4, null, name, 1000, null, others);
  }

  private static List<Reply.NameInfo> names(RecordingSession session) {
    return session.ask(Reply.Names.class, new Request.ListNames(0)).rows();
  }

  private Measures measures() {
    List<Measures> measured = new ArrayList<>();
    broker.conductor.measure(measured::add);
    broker.settle();
    return measured.getFirst();
  }

  @Test
  void shouldCountWhatGoesThroughAName() {
    long web = alice.ask(Reply.Opened.class, named("web", NONE)).descriptor();
    SimulatedTcp peer = alice.dial(web);
    long conn = alice.accept(web);
    peer.send(RecordingSession.bytes("hello"), null, false);
    broker.settle();
    assertThat(alice.receive(conn, 100)).isEqualTo("'hello'");
    alice.send(conn, "welcome");
    alice.dial(web);
    alice.dial(web);
    broker.settle();

    Reply.NameInfo row = names(administrator).getFirst();
    assertThat(row.name()).isEqualTo("web");
    assertThat(row.accepts()).isEqualTo(1);
    assertThat(row.bytesIn()).isEqualTo(5);
    assertThat(row.bytesOut()).isEqualTo(7);
    assertThat(row.connections()).isEqualTo(1);
    assertThat(row.holders()).isEqualTo(1);
    assertThat(row.queued()).isEqualTo(2);
    assertThat(row.backlog()).isEqualTo(4);
    assertThat(row.unattended()).isTrue();
    alice.close(conn);
    assertThat(names(administrator).getFirst().connections()).isZero();
    assertThat(measures().bytesIn()).containsEntry("frames", 5L);
  }

  @Test
  void shouldCountEverythingElseTogether() {
    long other = alice.listener(4);
    alice.dial(other);
    alice.accept(other);
    Reply.NameInfo row = names(administrator).getLast();
    assertThat(row.name()).isNull();
    assertThat(row.socket()).isZero();
    assertThat(row.accepts()).isEqualTo(1);
    assertThat(row.connections()).isEqualTo(2);
  }

  @Test
  void shouldShowEachUserTheNamesThatItSees() {
    alice.ask(Reply.Opened.class, named("hidden", NONE));
    alice.ask(Reply.Opened.class, named("web", EnumSet.of(Right.ACCEPT)));
    assertThat(names(alice)).extracting(Reply.NameInfo::name).containsExactly("hidden", "web");
    assertThat(names(mallory)).extracting(Reply.NameInfo::name).containsExactly("web");
    assertThat(names(mallory).getFirst().holders()).isZero();
    assertThat(names(administrator)).hasSize(3);
  }

  @Test
  void shouldTellTotalsOnlyToThoseWhoSeeEverything() {
    for (RecordingSession session : List.of(alice, mallory)) {
      Reply.BrokerInfo info = session.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
      assertThat(info.requests()).isZero();
      assertThat(session.outcome(new Request.ReadReport(ReportKind.METRICS, 0))).isEqualTo("EPERM");
    }
    assertThat(administrator.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).requests())
        .isPositive();
  }

  @Test
  void shouldShowCountsToThoseWhomThePolicyLetsSeeEverything() {
    Policy policy = PolicyText.of("rule user=1000 list=all");
    broker.conductor.reloads().apply(new Terms(Limits.DEFAULT, Quotas.NONE, policy, false));
    long metrics = alice.begin(new Request.ReadReport(ReportKind.METRICS, 0));
    writing.getFirst().accept("text");
    assertThat(((Reply.ReportPart) alice.answer(metrics).message()).text()).isEqualTo("text");
    assertThat(alice.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).requests()).isPositive();
    assertThat(names(alice).getLast().name()).isNull();
    for (ReportKind kind : EnumSet.complementOf(EnumSet.of(ReportKind.METRICS))) {
      assertThat(alice.outcome(new Request.ReadReport(kind, 0))).isEqualTo("EPERM");
    }
  }

  @Test
  void shouldCountOutcomes() {
    alice.outcome(new Request.Close(4711, false));
    alice.outcome(new Request.Close(alice.tcp(), false));
    Measures measures = measures();
    assertThat(measures.requests()).containsEntry("Close", new Measures.Outcomes(1, 1));
    assertThat(measures.errors()).isEqualTo(Map.of("EBADF", 1L));
    assertThat(measures.info().refusals()).isEqualTo(1);
    assertThat(measures.denials()).isZero();
  }

  @Test
  void shouldCountEventsAndExpiredRetentions() {
    long web = alice.ask(Reply.Opened.class, named("web", NONE)).descriptor();
    alice.select(web, NetworkEvent.ACCEPT);
    alice.dial(web);
    broker.settle();
    alice.close(web);
    assertThat(measures().events()).isEqualTo(1);
    assertThat(measures().expiredRetentions()).isZero();
    broker.pass(1001);
    assertThat(measures().expiredRetentions()).isEqualTo(1);
  }

  @Test
  void shouldCountSocketsByState() {
    alice.listener(4);
    for (int i = 0; i < 5000; i++) {
      alice.udp();
    }
    assertThat(measures().sockets())
        .isEqualTo(
            Map.of(
                new Measures.Kind(Family.INET, SocketType.STREAM, SocketState.LISTENING),
                1,
                new Measures.Kind(Family.INET, SocketType.DGRAM, SocketState.FRESH),
                5000));
  }

  @Test
  void shouldGiveAReportInParts() {
    long first = administrator.begin(new Request.ReadReport(ReportKind.LOG, 0));
    assertThat(administrator.outcome(new Request.ReadReport(ReportKind.LOG, 0)))
        .isEqualTo("EALREADY");
    String text = "x".repeat(15_999) + "\uD83D\uDE00" + "y".repeat(20_000);
    writing.getFirst().accept(text);
    broker.settle();
    StringBuilder read = new StringBuilder();
    Reply.ReportPart part = (Reply.ReportPart) administrator.answer(first).message();
    read.append(part.text());
    assertThat(part.text()).hasSize(15_999);
    assertThat(broker.counts().bufferedBytes()).isEqualTo(text.length());
    assertThat(administrator.outcome(new Request.ReadReport(ReportKind.LIMITS, 16_000)))
        .isEqualTo("EINVAL");
    while (part.more()) {
      part =
          administrator.ask(
              Reply.ReportPart.class, new Request.ReadReport(ReportKind.LOG, read.length()));
      read.append(part.text());
    }
    assertThat(read).hasToString(text);
    assertThat(broker.counts().bufferedBytes()).isZero();
    assertThat(administrator.outcome(new Request.ReadReport(ReportKind.LOG, 16_000)))
        .isEqualTo("EINVAL");
  }

  @Test
  void shouldForgetTheReportOfASessionThatEnds() {
    RecordingSession other = broker.administrator(14);
    other.begin(new Request.ReadReport(ReportKind.LOG, 0));
    writing.getFirst().accept("x".repeat(40_000));
    broker.settle();
    RecordingSession waiting = broker.administrator(15);
    waiting.begin(new Request.ReadReport(ReportKind.LOG, 0));
    other.end();
    waiting.end();
    writing.get(1).accept("x".repeat(40_000));
    broker.settle();
    assertThat(broker.counts().bufferedBytes()).isZero();
  }

  @Test
  void shouldNotDelayAnUpgrade() {
    broker.conductor.upgrades().startedBy(_ -> {});
    RecordingSession other = broker.administrator(14);
    long report = other.begin(new Request.ReadReport(ReportKind.METRICS, 0));
    administrator.begin(new Request.Upgrade(null));
    assertThat(other.outcome(report)).isEqualTo("EAGAIN");
    assertThat(other.outcome(new Request.ReadReport(ReportKind.LOG, 0))).isEqualTo("EAGAIN");
    writing.getFirst().accept("late");
    broker.settle();
    assertThat(other.takeTold()).isEmpty();
  }

  @Test
  void shouldRecordForAdministratorsOnly() {
    assertThat(alice.outcome(new Request.StartRecording())).isEqualTo("EPERM");
    assertThat(administrator.outcome(new Request.StartRecording())).isEqualTo("ok");
    RecordingSession other = broker.administrator(14);
    assertThat(other.outcome(new Request.StartRecording())).isEqualTo("EALREADY");
    other.end();
    assertThat(isRecording).isTrue();
    administrator.end();
    assertThat(isRecording).as("its session has ended").isFalse();
    for (ReportKind kind : ReportKind.values()) {
      assertThat(alice.outcome(new Request.ReadReport(kind, 0))).isEqualTo("EPERM");
    }
  }

  /** The totals begin again in another broker, but connections still belong to their listener. */
  @Test
  void shouldCountForTheListenerInAnotherBroker() {
    long web = alice.ask(Reply.Opened.class, named("web", NONE)).descriptor();
    SimulatedTcp peer = alice.dial(web);
    long conn = alice.accept(web);
    broker.handOver(alice, mallory, administrator);
    peer.send(RecordingSession.bytes("hello"), null, false);
    broker.settle();
    alice.receive(conn, 100);
    Reply.NameInfo row = names(administrator).getFirst();
    assertThat(row.accepts()).isZero();
    assertThat(row.connections()).isEqualTo(1);
    assertThat(row.bytesIn()).isEqualTo(5);
  }

  /** Its new holder may not see the listener. */
  @Test
  void shouldCountAConnectionWithANameForItself() {
    long web = alice.ask(Reply.Opened.class, named("web", NONE)).descriptor();
    SimulatedTcp first = alice.dial(web);
    long one = alice.accept(web);
    alice.dial(web);
    long other = alice.accept(web);
    receive(first, one, "hello");
    alice.ask(Reply.Done.class, Request.Name.of(one, "chat", 0));
    receive(first, one, "again!");
    List<Reply.NameInfo> rows = names(administrator);
    assertThat(rows).extracting(Reply.NameInfo::name).containsExactly("web", "chat", null);
    assertThat(rows).extracting(Reply.NameInfo::accepts).containsExactly(2L, 0L, 0L);
    assertThat(rows).extracting(Reply.NameInfo::bytesIn).containsExactly(5L, 6L, 0L);
    assertThat(rows).extracting(Reply.NameInfo::connections).containsExactly(1, 0, 0);
    alice.ask(Reply.Done.class, Request.Name.of(one, null, 0));
    receive(first, one, "more");
    assertThat(names(administrator).getLast().bytesIn()).isEqualTo(4);
    alice.close(web);
    alice.close(other);
  }

  private void receive(SimulatedTcp peer, long conn, String text) {
    peer.send(RecordingSession.bytes(text), null, false);
    broker.settle();
    assertThat(alice.receive(conn, 100)).isEqualTo("'" + text + "'");
  }

  /** What others have counted stays theirs, so that their rate is never wrong. */
  @Test
  void shouldCountANameFromItsBeginning() {
    long listener = alice.listener(4);
    SimulatedTcp peer = alice.dial(listener);
    long conn = alice.accept(listener);
    receive(peer, conn, "hello");
    alice.ask(Reply.Done.class, Request.Name.of(listener, "web", 0));
    assertThat(names(administrator)).extracting(Reply.NameInfo::bytesIn).containsExactly(0L, 5L);
    receive(peer, conn, "again!");
    assertThat(names(administrator)).extracting(Reply.NameInfo::bytesIn).containsExactly(6L, 5L);
    alice.close(listener);
    alice.close(conn);
    assertThat(names(administrator)).extracting(Reply.NameInfo::bytesIn).containsExactly(5L);
  }
}
