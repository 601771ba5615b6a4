package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What a session sees of other users (rule 52), which sessions it can end (rule 53), and which
 * ports it shares (rule 54).
 */
class VisibilityTest {
  private static final Set<Right> NONE = EnumSet.noneOf(Right.class);
  private static final Set<Right> ACCEPT = EnumSet.of(Right.ACCEPT);

  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(10, 1000, false);
  private final RecordingSession again = broker.connect(11, 1000, false);
  private final RecordingSession mallory = broker.connect(12, 2000, false);
  private final RecordingSession administrator = broker.administrator(13);

  private static Request.Open named(String name, long retainMillis, Set<Right> others) {
    Address any = Address.inet(SimulatedKernel.HOST, 0);
    return new Request.Open(
        Family.INET, SocketType.STREAM, 0, any, 4, null, name, retainMillis, null, others);
  }

  private static List<Reply.DescriptorInfo> list(RecordingSession session) {
    return session.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows();
  }

  @Test
  void shouldShowASocketToItsUserAndToAdministratorsOnly() {
    Reply.Opened opened = alice.ask(Reply.Opened.class, named("web", 0, NONE));
    String socket = "s" + opened.socket();
    String descriptor = "d" + opened.descriptor();
    for (RecordingSession session : List.of(alice, again, administrator)) {
      assertThat(list(session)).hasSize(1);
      assertThat(session.ask(Reply.Shown.class, new Request.Show(descriptor)).holders()).hasSize(1);
    }
    assertThat(list(mallory)).isEmpty();
    for (String id : List.of(socket, descriptor, "web")) {
      String unknown = refusal(mallory, id + "00");
      assertThat(refusal(mallory, id)).isEqualTo(unknown.replace(id + "00", id));
    }
  }

  @Test
  void shouldShareAPortWithTheOwnUserOnly() {
    int port = alice.ask(Reply.Opened.class, sharing(0)).local().port();
    assertThat(mallory.outcome(sharing(port))).isEqualTo("EADDRINUSE");
    assertThat(again.outcome(sharing(port))).isEqualTo("ok");
    assertThat(administrator.outcome(sharing(port))).isEqualTo("ok");
  }

  private static Request.Open sharing(int port) {
    Address address = Address.inet(SimulatedKernel.HOST, port);
    Map<String, Object> options = Map.of("SO_REUSEPORT", true);
    return new Request.Open(
        Family.INET, SocketType.STREAM, 0, address, null, options, null, 0, null, null);
  }

  private static String refusal(RecordingSession session, String id) {
    Reply.Error error = session.ask(Reply.Error.class, new Request.Show(id));
    return error.error() + " " + error.message();
  }

  @Test
  void shouldShowWhatCanBeJoinedWithoutWhoHoldsIt() {
    Reply.Opened opened = alice.ask(Reply.Opened.class, named("web", 0, ACCEPT));
    alice.ask(
        Reply.Registered.class,
        new Request.AsyncSelect(opened.descriptor(), EnumSet.of(NetworkEvent.ACCEPT)));
    alice.tokenFor(opened.descriptor(), again);
    Reply.DescriptorInfo row = list(mallory).getFirst();
    assertThat(row.socket()).isEqualTo(opened.socket());
    assertThat(row.ownerUid()).isEqualTo(1000);
    assertThat(List.of(row.id(), row.session(), (long) row.pid())).containsOnly(0L);
    assertThat(row.registration()).isNull();
    Reply.Shown shown = mallory.ask(Reply.Shown.class, new Request.Show("web"));
    assertThat(shown.holders()).isEmpty();
    assertThat(shown.tokens()).isEmpty();
    assertThat(shown.registration()).isNull();
    assertThat(mallory.outcome(new Request.Show("d" + opened.descriptor()))).isEqualTo("ENOENT");
  }

  @Test
  void shouldShowAllHoldersToAHolder() {
    Reply.Opened opened = alice.ask(Reply.Opened.class, named("web", 0, ACCEPT));
    mallory.ask(Reply.Opened.class, new Request.Attach("web", true));
    assertThat(list(mallory)).hasSize(2);
    assertThat(mallory.outcome(new Request.Show("d" + opened.descriptor()))).isEqualTo("ok");
  }

  @Test
  void shouldTellAWatcherWhatItMaySee() {
    mallory.ask(new Request.Watch(true));
    again.ask(new Request.Watch(true));
    long hidden = alice.ask(Reply.Opened.class, named("hidden", 0, NONE)).descriptor();
    alice.ask(Reply.Opened.class, named("web", 0, ACCEPT));
    alice.close(hidden);
    broker.settle();
    assertThat(happenings(again))
        .containsExactly(
            "OPENED hidden by 1",
            "OPENED web by 1",
            "CLOSED null by 1",
            "SOCKET_CLOSED hidden by 0");
    assertThat(happenings(mallory)).containsExactly("OPENED web by 0");
    alice.end();
    broker.settle();
    assertThat(happenings(mallory)).containsExactly("SOCKET_CLOSED web by 0");
  }

  private static List<String> happenings(RecordingSession session) {
    return session.takeHappenings().stream()
        .map(it -> it.what() + " " + it.detail() + " by " + it.session())
        .toList();
  }

  @Test
  void shouldListSessionsOfTheOwnUserAndAllToAdministrators() {
    assertThat(sessions(mallory)).containsExactly(3L);
    assertThat(sessions(again)).containsExactly(1L, 2L);
    assertThat(sessions(administrator)).containsExactly(1L, 2L, 3L, 4L);
    alice.tcp();
    broker.pass(100);
    Reply.SessionInfo info =
        again.ask(Reply.Sessions.class, new Request.ListSessions(0)).rows().getFirst();
    assertThat(info.pid()).isEqualTo(10);
    assertThat(info.descriptors()).isOne();
    assertThat(info.idleMillis()).isEqualTo(100);
  }

  private static List<Long> sessions(RecordingSession session) {
    return session.ask(Reply.Sessions.class, new Request.ListSessions(0)).rows().stream()
        .map(Reply.SessionInfo::id)
        .toList();
  }

  @Test
  void shouldEndSessionsOfTheOwnUserAndAllForAdministrators() {
    assertThat(mallory.outcome(new Request.EndSession(1))).isEqualTo("ENOENT");
    assertThat(mallory.outcome(new Request.EndSession(99))).isEqualTo("ENOENT");
    assertThat(again.outcome(new Request.EndSession(1))).isEqualTo("ok");
    assertThat(alice.isClosed()).isTrue();
    assertThat(administrator.outcome(new Request.EndSession(3))).isEqualTo("ok");
    assertThat(mallory.isClosed()).isTrue();
    assertThat(sessions(administrator)).containsExactly(2L, 4L);
  }
}
