package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names, joining, retention (rules 18 and 19). */
class NamesTest {
  private static final Address ANY = Address.inet(SimulatedKernel.HOST, 0);

  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final RecordingSession stranger = broker.connect(12, 2000, false);

  private static Request.Open web(long retainMillis) {
    return RecordingSession.openRequest(
        Family.INET, SocketType.STREAM, ANY, 4, "web", retainMillis);
  }

  @Test
  void shouldOpenOnceAndJoinThen() {
    Reply.Opened made = a.ask(Reply.Opened.class, web(0));
    Reply.Opened joined = b.ask(Reply.Opened.class, web(0));
    assertThat(made.created()).isTrue();
    assertThat(joined.created()).isFalse();
    assertThat(joined.socket()).isEqualTo(made.socket());
    assertThat(joined.rights()).isEqualTo(EnumSet.allOf(Right.class));
    assertThat(b.ask(Reply.Opened.class, new Request.Attach("web")).socket())
        .isEqualTo(made.socket());
  }

  @Test
  void shouldRefuseTheNameForAnotherKindOrAddress() {
    a.ask(Reply.Opened.class, web(0));
    Request.Open udp =
        RecordingSession.openRequest(Family.INET, SocketType.DGRAM, ANY, null, "web", 0);
    Request.Open elsewhere =
        RecordingSession.openRequest(
            Family.INET, SocketType.STREAM, Address.inet("127.0.0.2", 0), 4, "web", 0);
    assertThat(b.outcome(udp)).isEqualTo("EADDRINUSE");
    assertThat(b.outcome(elsewhere)).isEqualTo("EADDRINUSE");
    assertThat(b.outcome(Request.Name.of(b.tcp(), "web", 0))).isEqualTo("EADDRINUSE");
  }

  @Test
  void shouldKeepStrangersOut() {
    a.ask(Reply.Opened.class, web(0));
    assertThat(stranger.outcome(new Request.Attach("web"))).isEqualTo("EPERM");
    assertThat(stranger.outcome(web(0))).isEqualTo("EPERM");
    assertThat(stranger.outcome(new Request.Attach("none"))).isEqualTo("ENOENT");
  }

  @Test
  void shouldGiveTheRightsThatTheNameSays() {
    long socket = a.tcp();
    EnumSet<Right> own = EnumSet.of(Right.RECV, Right.ACCEPT);
    EnumSet<Right> others = EnumSet.of(Right.GETOPT);
    a.ask(Reply.Done.class, new Request.Name(socket, "x", 0, own, others));
    assertThat(b.ask(Reply.Opened.class, new Request.Attach("x")).rights()).isEqualTo(own);
    assertThat(stranger.ask(Reply.Opened.class, new Request.Attach("x", true)).rights())
        .isEqualTo(others);
    long joined = b.ask(Reply.Opened.class, new Request.Attach("x")).descriptor();
    assertThat(b.outcome(Request.Name.of(joined, "y", 0))).isEqualTo("EPERM");
  }

  @Test
  void shouldJoinAnotherUsersSocketOnRequestOnly() {
    Set<Right> all = EnumSet.allOf(Right.class);
    RecordingSession administrator = broker.administrator(13);
    long squatted = stranger.ask(Reply.Opened.class, web(0)).descriptor();
    stranger.ask(Reply.Done.class, new Request.Name(squatted, "web", 0, all, all));
    for (RecordingSession session : List.of(a, administrator)) {
      assertThat(session.outcome(web(0))).isEqualTo("EPERM");
      assertThat(session.outcome(new Request.Attach("web"))).isEqualTo("EPERM");
    }
    Reply.Opened joined = a.ask(Reply.Opened.class, new Request.Attach("web", true));
    assertThat(joined.ownerUid()).isEqualTo(2000);
    assertThat(a.ask(Reply.Opened.class, joiningOthers(web(0))).ownerUid())
        .isEqualTo(joined.ownerUid());
  }

  @Test
  void shouldLeaveANameToItsOwnerWhenAnAdministratorChangesWhatItGives() {
    Reply.Opened opened = a.ask(Reply.Opened.class, web(0));
    RecordingSession administrator = broker.administrator(13);
    long own =
        administrator
            .ask(Reply.Opened.class, new Request.Attach("s" + opened.socket()))
            .descriptor();
    administrator.ask(Reply.Done.class, new Request.Name(own, "web", 400, null, null));
    assertThat(b.ask(Reply.Opened.class, new Request.Attach("web")).ownerUid()).isEqualTo(1000);
    administrator.ask(Reply.Done.class, new Request.Name(own, "www", 400, null, null));
    assertThat(b.outcome(new Request.Attach("www"))).as("another name").isEqualTo("EPERM");
  }

  private static Request.Open joiningOthers(Request.Open it) {
    return new Request.Open(
        it.family(),
        it.type(),
        it.protocol(),
        it.bind(),
        it.backlog(),
        it.options(),
        it.name(),
        it.retainMillis(),
        it.joinRights(),
        it.otherRights(),
        true);
  }

  @Test
  void shouldForgetANameWithItsSocketOrWhenItIsTakenAway() {
    long socket = a.ask(Reply.Opened.class, web(0)).descriptor();
    a.ask(Reply.Done.class, Request.Name.of(socket, "www", 0));
    assertThat(b.outcome(new Request.Attach("web"))).isEqualTo("ENOENT");
    a.ask(Reply.Done.class, Request.Name.none(socket));
    assertThat(b.outcome(new Request.Attach("www"))).isEqualTo("ENOENT");
    a.ask(Reply.Done.class, Request.Name.of(socket, "web", 0));
    a.close(socket);
    assertThat(b.outcome(new Request.Attach("web"))).isEqualTo("ENOENT");
  }

  /** Its maker is charged for it as long as it is open. */
  @Test
  void shouldLeaveNamingToTheUserWhoMadeTheSocket() {
    long socket = a.tcp();
    long redeemed =
        stranger
            .ask(Reply.Opened.class, new Request.Redeem(a.tokenFor(socket, stranger)))
            .descriptor();
    Request.Name keeping = Request.Name.of(redeemed, "kept", Request.FOREVER);
    assertThat(stranger.outcome(keeping)).isEqualTo("EPERM");
    assertThat(a.outcome(Request.Name.of(socket, "kept", 0))).isEqualTo("ok");
  }

  @Test
  void shouldRefuseRetentionWithoutAName() {
    assertThat(
            a.outcome(
                RecordingSession.openRequest(
                    Family.INET, SocketType.STREAM, null, null, null, 100)))
        .isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.Name(a.tcp(), null, 100, null, null))).isEqualTo("EINVAL");
  }

  @Test
  void shouldRefuseANameThatReadsAsAnId() {
    assertThat(a.outcome(Request.Name.of(a.tcp(), "s17", 0))).isEqualTo("EINVAL");
    assertThat(a.outcome(Request.Name.of(a.tcp(), "", 0))).isEqualTo("EINVAL");
  }

  @Test
  void shouldRetainFromTheLastLeavingAndStopTheClockForAJoiner() {
    long first = a.ask(Reply.Opened.class, web(400)).descriptor();
    Address address = a.local(first);
    a.end();
    broker.pass(399);
    long second = b.ask(Reply.Opened.class, new Request.Attach("web")).descriptor();
    broker.pass(1000);
    broker.kernel.tcp().connect(address);
    b.close(second);
    broker.pass(399);
    long third = b.ask(Reply.Opened.class, new Request.Attach("web")).descriptor();
    assertThat(b.accept(third)).as("what came meanwhile").isPositive();
    b.close(third);
    broker.pass(400);
    assertThat(b.outcome(new Request.Attach("web"))).isEqualTo("ENOENT");
  }

  @Test
  void shouldCountATokenAsAHolder() {
    long first = a.ask(Reply.Opened.class, web(100)).descriptor();
    String token = a.tokenFor(first, b);
    a.close(first);
    broker.pass(1000);
    assertThat(a.outcome(new Request.RevokeToken(token))).isEqualTo("ok");
    broker.pass(99);
    assertThat(b.outcome(new Request.Attach("web"))).isEqualTo("ok");
  }

  @Test
  void shouldRetainForEver() {
    a.ask(Reply.Opened.class, web(Request.FOREVER));
    a.end();
    broker.pass(1_000_000);
    assertThat(b.outcome(new Request.Attach("web"))).isEqualTo("ok");
  }

  @Test
  void shouldSayThatASocketDoesNotListen() {
    RecordingSession a = broker.connect(60);
    Address any = Address.inet(SimulatedKernel.HOST, 0);
    Request plain =
        RecordingSession.openRequest(Family.INET, SocketType.STREAM, any, null, "later", 0);
    Request listening =
        RecordingSession.openRequest(Family.INET, SocketType.STREAM, any, 8, "later", 0);
    long socket = a.ask(Reply.Opened.class, plain).descriptor();
    assertThat(a.outcome(listening)).isEqualTo("EINVAL");
    a.ask(Reply.Addresses.class, new Request.Listen(socket, 8));
    assertThat(a.outcome(listening)).isEqualTo("ok");
  }
}
