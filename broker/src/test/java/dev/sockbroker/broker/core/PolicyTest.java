package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Quotas.Amount;
import dev.sockbroker.broker.core.Quotas.Quota;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.PolicyText;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where the core asks the policy, and what a reload changes (rules 75 to 80). */
class PolicyTest {
  private static final String HOST = SimulatedKernel.HOST;

  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(10, 1000, false);
  private final RecordingSession again = broker.connect(11, 1000, false);
  private final RecordingSession bob = broker.connect(12, 2000, false);
  private final RecordingSession administrator = broker.administrator(13);

  private void enforce(String... rules) {
    apply(PolicyText.of(rules), Quotas.NONE);
  }

  private void apply(Policy policy, Quotas quotas) {
    broker.conductor.reloads().apply(new Terms(Limits.DEFAULT, quotas, policy, false));
  }

  private static Request.Open stream() {
    return Request.Open.of(Family.INET, SocketType.STREAM);
  }

  private static Request.Open listening(int port) {
    return stream().boundTo(Address.inet(HOST, port)).listening(4);
  }

  private static String message(RecordingSession session, Request request) {
    return session.ask(Reply.Error.class, request).message();
  }

  @Test
  void shouldRefuseEverythingWithoutARule() {
    enforce("rule user=3000 listen=tcp:*:*");
    assertThat(alice.outcome(listening(0))).isEqualTo("EACCES");
    assertThat(alice.outcome(stream())).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.Ping())).isEqualTo("ok");
    assertThat(administrator.outcome(listening(0))).isEqualTo("ok");
  }

  @Test
  void shouldAllowAnAddressWhereverItIsUsed() {
    enforce("rule user=1000 listen=tcp:*:8000-8099 bind=udp:*:53 connect=tcp:127.0.0.2:80");
    assertThat(alice.outcome(listening(8000))).isEqualTo("ok");
    assertThat(alice.outcome(listening(8100))).isEqualTo("EACCES");
    long fresh = alice.ask(Reply.Opened.class, stream()).descriptor();
    assertThat(message(alice, new Request.Bind(fresh, Address.inet(HOST, 8100))))
        .contains("no rule allows listen tcp:" + HOST + ":8100")
        .contains("rule 'r0' (test:0)");
    assertThat(alice.outcome(new Request.Listen(fresh, 4))).as("port 0").isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.Bind(fresh, Address.inet(HOST, 8001)))).isEqualTo("ok");
    assertThat(alice.outcome(new Request.Listen(fresh, 4))).isEqualTo("ok");
    assertThat(alice.outcome(connect(80))).isNotEqualTo("EACCES");
    assertThat(alice.outcome(connect(81))).isEqualTo("EACCES");
  }

  private Request.Connect connect(int port) {
    long socket = alice.ask(Reply.Opened.class, stream()).descriptor();
    return new Request.Connect(socket, Address.inet("127.0.0.2", port), 0L);
  }

  @Test
  void shouldNotLetADatagramEscape() {
    enforce("rule user=1000 connect=udp:127.0.0.2:53");
    long socket =
        alice.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.DGRAM)).descriptor();
    assertThat(alice.outcome(send(socket, 53))).isNotEqualTo("EACCES");
    assertThat(alice.outcome(send(socket, 54))).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.Bind(socket, Address.inet(HOST, 53)))).isEqualTo("EACCES");
  }

  private static Request.Send send(long socket, int port) {
    return new Request.Send(socket, null, Address.inet("127.0.0.2", port), false, 0L);
  }

  @Test
  void shouldRefuseProtocolsThatNoRuleCanName() {
    enforce("rule user=1000 listen=tcp:*:* connect=udp:*:*");
    Request.Open sctp =
        new Request.Open(
            Family.INET, SocketType.STREAM, 132, null, null, null, null, 0, null, null);
    assertThat(alice.outcome(sctp)).isEqualTo("EACCES");
    assertThat(alice.outcome(Request.Open.of(Family.UNIX, SocketType.STREAM))).isEqualTo("EACCES");
  }

  @Test
  void shouldLimitNamesRetentionsAndJoins() {
    enforce("rule user=1000 listen=tcp:*:* names=web* attach=web retain=10s");
    assertThat(alice.outcome(listening(0).named("web", 10_000))).isEqualTo("ok");
    assertThat(alice.outcome(listening(0).named("web-1", 10_001))).isEqualTo("EACCES");
    assertThat(alice.outcome(listening(0).named("web-1", Request.FOREVER))).isEqualTo("EACCES");
    assertThat(alice.outcome(listening(0).named("db", 0))).isEqualTo("EACCES");
    assertThat(again.outcome(new Request.Attach("web"))).isEqualTo("ok");
    assertThat(alice.outcome(listening(0).named("web-1", 0))).isEqualTo("ok");
    assertThat(again.outcome(new Request.Attach("web-1"))).isEqualTo("EACCES");
    long own = alice.ask(Reply.Opened.class, listening(0)).descriptor();
    assertThat(alice.outcome(Request.Name.of(own, "db", 0))).isEqualTo("EACCES");
    assertThat(alice.outcome(Request.Name.of(own, "web-2", 0))).isEqualTo("ok");
    Set<Right> all = EnumSet.allOf(Right.class);
    assertThat(alice.outcome(new Request.Name(own, "web-2", 0, all, all)))
        .as("joining by others is sharing with any")
        .isEqualTo("EACCES");
  }

  @Test
  void shouldGiveNoMoreRightsThanARuleHas() {
    enforce(
        "rule user=1000 listen=tcp:*:* rights=RECV,SEND,DUPLICATE", "rule user=2000 rights=RECV");
    Reply.Opened opened = alice.ask(Reply.Opened.class, listening(0));
    assertThat(opened.rights())
        .containsExactlyInAnyOrder(
            Right.RECV, Right.SEND, Right.DUPLICATE, Right.BIND, Right.LISTEN, Right.ACCEPT);
    enforce("rule user=1000 listen=tcp:*:* share=any", "rule user=2000 rights=RECV");
    String token = alice.tokenFor(opened.descriptor(), bob);
    assertThat(bob.ask(Reply.Opened.class, new Request.Redeem(token)).rights())
        .containsExactly(Right.RECV);
    String second = alice.tokenFor(opened.descriptor(), bob);
    enforce("rule user=1000 listen=tcp:*:*", "rule user=2000 rights=SEND");
    enforce("rule user=1000 listen=tcp:*:*", "rule user=2000 rights=EXPORT");
    assertThat(bob.outcome(new Request.Redeem(second))).isEqualTo("EACCES");
  }

  @Test
  void shouldAcceptWithTheRightsThatItHasNow() {
    Reply.Opened listener = alice.ask(Reply.Opened.class, listening(0));
    SimulatedTcp client = (SimulatedTcp) broker.kernel.open(Family.INET, SocketType.STREAM, 0);
    client.connect(listener.local());
    enforce("rule user=1000 listen=tcp:*:* rights=RECV");
    Reply.Opened accepted =
        alice.ask(Reply.Opened.class, new Request.Accept(listener.descriptor(), 0L));
    assertThat(accepted.rights())
        .containsExactlyInAnyOrder(Right.RECV, Right.BIND, Right.LISTEN, Right.ACCEPT);
  }

  @Test
  void shouldAllowOnlyTheOptionsOfARule() {
    enforce("rule user=1000 listen=tcp:*:* options=TCP_*");
    long socket = alice.ask(Reply.Opened.class, stream()).descriptor();
    assertThat(alice.outcome(set(socket, "TCP_NODELAY"))).isNotEqualTo("EACCES");
    assertThat(alice.outcome(set(socket, "SO_KEEPALIVE"))).isEqualTo("EACCES");
    Request.SetOption byNumber = new Request.SetOption(socket, null, 6, 1, "01000000", null);
    assertThat(alice.outcome(byNumber)).isEqualTo("EACCES");
    Request.Open opening =
        new Request.Open(
            Family.INET,
            SocketType.STREAM,
            0,
            null,
            null,
            Map.of("SO_KEEPALIVE", true),
            null,
            0,
            null,
            null);
    assertThat(alice.outcome(opening)).isEqualTo("EACCES");
    assertThat(broker.counts().sockets()).as("it is closed again").isEqualTo(1);
  }

  private static Request.SetOption set(long socket, String option) {
    return new Request.SetOption(socket, option, 0, 0, true, null);
  }

  @Test
  void shouldMakeTokensForWhomARuleSays() {
    enforce("rule user=1000 listen=tcp:*:*");
    long socket = alice.ask(Reply.Opened.class, listening(0)).descriptor();
    assertThat(alice.outcome(Request.Duplicate.toSession(socket, again.id()))).isEqualTo("ok");
    assertThat(alice.outcome(Request.Duplicate.toSession(socket, bob.id()))).isEqualTo("EACCES");
    enforce("rule user=1000 listen=tcp:*:* share=none");
    assertThat(alice.outcome(Request.Duplicate.toSession(socket, again.id()))).isEqualTo("EACCES");
    enforce("rule listen=tcp:*:*");
    String forProcess =
        alice.ask(Reply.Duplicated.class, Request.Duplicate.toPid(socket, 12)).token();
    assertThat(bob.outcome(new Request.Redeem(forProcess)))
        .as("its process is another user's")
        .isEqualTo("EACCES");
  }

  @Test
  void shouldUseOnlyTheLanesOfARule() {
    enforce("rule user=1000 connect=udp:*:* lanes=ring");
    long socket =
        alice.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.DGRAM)).descriptor();
    assertThat(alice.outcome(new Request.Receive(socket, 1, 0L, false, false))).isEqualTo("EACCES");
    assertThat(alice.outcome(send(socket, 53))).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.Export(socket, true))).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.AttachStream(socket))).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.AttachRing(socket, 4096))).isNotEqualTo("EACCES");
  }

  @Test
  void shouldShowWhatARuleSays() {
    alice.ask(Reply.Opened.class, listening(0));
    enforce("rule listen=tcp:*:*");
    assertThat(rows(alice)).isEqualTo(1);
    assertThat(rows(again)).as("another session of the user").isZero();
    assertThat(sessions(again)).isEqualTo(1);
    assertThat(again.outcome(new Request.EndSession(alice.id()))).isEqualTo("ENOENT");
    enforce("rule listen=tcp:*:* list=user");
    assertThat(rows(again)).isEqualTo(1);
    assertThat(rows(bob)).isZero();
    assertThat(sessions(again)).isEqualTo(2);
    enforce("rule listen=tcp:*:* list=all");
    assertThat(rows(bob)).isEqualTo(1);
    assertThat(sessions(bob)).isEqualTo(4);
    assertThat(bob.outcome(new Request.EndSession(alice.id())))
        .as("seeing is not ending")
        .isEqualTo("ENOENT");
  }

  private static int rows(RecordingSession session) {
    return session.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows().size();
  }

  private static int sessions(RecordingSession session) {
    return session.ask(Reply.Sessions.class, new Request.ListSessions(0)).rows().size();
  }

  @Test
  void shouldKnowGroupsAndUnits() {
    enforce("rule group=50 unit=web@*.service listen=tcp:*:*");
    Subject member = new Subject(3000, Set.of(50L), List.of("system.slice", "web@1.service"));
    RecordingSession web = connect(20, member);
    assertThat(web.outcome(listening(0))).isEqualTo("ok");
    RecordingSession other = connect(21, new Subject(3000, Set.of(50L), List.of("db.service")));
    assertThat(other.outcome(listening(0))).isEqualTo("EACCES");
    broker.handOver(alice, again, bob, administrator, web, other);
    broker.conductor.reloads().apply(broker.inForce.terms());
    assertThat(web.outcome(listening(0))).as("after an upgrade").isEqualTo("ok");
    assertThat(other.outcome(listening(0))).isEqualTo("EACCES");
  }

  private RecordingSession connect(int pid, Subject subject) {
    broker.kernel.startProcess(pid);
    RecordingSession session =
        new RecordingSession(broker, new Identity(pid, subject.uid()), subject);
    session.ask(new Request.Hello(List.of(1), "test", false, Lifetime.CONNECTION));
    return session;
  }

  @Test
  void shouldFindAndRevokeWhatANewPolicyForbids() {
    long kept = alice.ask(Reply.Opened.class, listening(8000)).descriptor();
    Reply.Opened gone = alice.ask(Reply.Opened.class, listening(8001).named("web", 0));
    bob.ask(Reply.Opened.class, listening(8002));
    enforce("rule user=1000 listen=tcp:*:8000");
    assertThat(violations()).hasSize(2);
    Reply.Violation first = violations().getFirst();
    assertThat(first.descriptor()).isEqualTo(gone.descriptor());
    assertThat(first.uid()).isEqualTo(1000);
    assertThat(first.reason()).contains("8001");
    assertThat(alice.outcome(new Request.ListViolations(0, 0))).isEqualTo("EPERM");
    broker.conductor.reloads().readBy(_ -> {});
    long reload = administrator.begin(new Request.Reload(true));
    broker.conductor.reloads().done(broker.inForce.terms(), List.of("a notice"));
    broker.settle();
    Reply.Reloaded done = (Reply.Reloaded) administrator.answer(reload).message();
    assertThat(done.revoked()).isEqualTo(2);
    assertThat(done.notices()).containsExactly("a notice");
    assertThat(violations()).isEmpty();
    assertThat(alice.takeEvents()).containsExactly("REVOKED " + gone.descriptor());
    assertThat(alice.outcome(new Request.GetAddresses(kept))).isEqualTo("ok");
    assertThat(alice.outcome(new Request.GetAddresses(gone.descriptor()))).isEqualTo("EBADF");
  }

  private List<Reply.Violation> violations() {
    return administrator.ask(Reply.Violations.class, new Request.ListViolations(0, 0)).rows();
  }

  @Test
  void shouldLeaveNoWayBackToWhatItRevokes() {
    Reply.Opened opened = alice.ask(Reply.Opened.class, listening(8000).named("web", 60_000));
    String token = alice.tokenFor(opened.descriptor(), again);
    long kept = alice.ask(Reply.Opened.class, listening(8001).named("db", 60_000)).descriptor();
    alice.close(kept);
    enforce("rule user=1000 listen=tcp:*:9000 names=* attach=* retain=1h");
    assertThat(violations()).hasSize(2).last().returns(0L, Reply.Violation::descriptor);
    assertThat(revoke().revoked()).isEqualTo(2);
    assertThat(again.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
    assertThat(again.outcome(new Request.Attach("web"))).isEqualTo("ENOENT");
    assertThat(again.outcome(new Request.Attach("db"))).isEqualTo("ENOENT");
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldRevokeASocketThatHasChangedHands() {
    Reply.Opened opened = alice.ask(Reply.Opened.class, listening(8000).named("web", 60_000));
    long joined = again.ask(Reply.Opened.class, new Request.Attach("web")).descriptor();
    again.share(joined, bob);
    String token = again.tokenFor(joined, again);
    alice.close(opened.descriptor());
    enforce(
        "rule user=1000 listen=tcp:*:9000 names=* attach=* retain=1h share=any",
        "rule user=2000 listen=tcp:*:9000");
    assertThat(violations()).hasSize(2).allMatch(it -> it.reason().contains("8000"));
    assertThat(revoke().revoked()).isEqualTo(2);
    assertThat(again.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
    assertThat(again.outcome(new Request.Attach("web"))).isEqualTo("ENOENT");
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldLeaveASocketToWhoMayOpenIt() {
    long opened = alice.ask(Reply.Opened.class, listening(8000)).descriptor();
    alice.share(opened, bob);
    alice.share(opened, administrator);
    enforce("rule user=2000 listen=tcp:*:8000");
    assertThat(violations()).singleElement().returns(opened, Reply.Violation::descriptor);
    assertThat(revoke().revoked()).isEqualTo(1);
    assertThat(broker.counts().descriptors()).isEqualTo(2);
  }

  @Test
  void shouldRevokeASocketThatOnlyTokensKeep() {
    long opened = alice.ask(Reply.Opened.class, listening(8000).named("web", 0)).descriptor();
    String own = alice.tokenFor(opened, again);
    long redeemed = again.ask(Reply.Opened.class, new Request.Redeem(own)).descriptor();
    String others = again.tokenFor(redeemed, alice);
    alice.tokenFor(opened, again);
    again.close(redeemed);
    alice.close(opened);
    enforce("rule user=1000 listen=tcp:*:9000");
    assertThat(violations()).hasSize(1);
    assertThat(revoke().revoked()).isEqualTo(1);
    assertThat(alice.outcome(new Request.Redeem(others))).isEqualTo("EINVAL");
    assertThat(broker.counts().sockets()).isZero();
    assertThat(broker.counts().tokens()).isZero();
  }

  @Test
  void shouldEndWhatAUserMayNoLongerShareWithOthers() {
    Set<Right> all = EnumSet.allOf(Right.class);
    enforce(
        "rule user=1000 listen=tcp:*:* names=web share=any", "rule user=2000 listen=tcp:*:9000");
    Request.Open shared =
        new Request.Open(
            Family.INET, SocketType.STREAM, 0, Address.inet(HOST, 0), 4, null, "web", 0, all, all);
    long descriptor = alice.ask(Reply.Opened.class, shared).descriptor();
    String forBob = alice.tokenFor(descriptor, bob);
    String forAgain = alice.tokenFor(descriptor, again);
    enforce("rule user=1000 listen=tcp:*:* names=web", "rule user=2000 listen=tcp:*:9000");
    assertThat(violations()).singleElement().returns(descriptor, Reply.Violation::descriptor);
    assertThat(bob.outcome(new Request.Redeem(forBob))).isEqualTo("EACCES");
    assertThat(again.outcome(new Request.Redeem(forAgain))).isEqualTo("ok");
  }

  private Reply.Reloaded revoke() {
    broker.conductor.reloads().readBy(_ -> {});
    long reload = administrator.begin(new Request.Reload(true));
    broker.conductor.reloads().done(broker.inForce.terms(), List.of());
    broker.settle();
    return (Reply.Reloaded) administrator.answer(reload).message();
  }

  @Test
  void shouldRevokeNothingThatItAllows() {
    enforce(
        "rule user=1000 listen=tcp:*:* connect=udp:*:* names=web share=any",
        "rule user=2000 attach=web",
        "rule user=3000 rights=ACCEPT");
    Set<Right> all = EnumSet.allOf(Right.class);
    Request.Open shared =
        new Request.Open(
            Family.INET, SocketType.STREAM, 0, Address.inet(HOST, 0), 4, null, "web", 0, all, all);
    long listener = alice.ask(Reply.Opened.class, shared).descriptor();
    assertThat(bob.outcome(new Request.Attach("web", true))).isEqualTo("ok");
    RecordingSession carol = broker.connect(14, 3000, false);
    alice.share(listener, carol);
    long datagrams =
        alice.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.DGRAM)).descriptor();
    alice.begin(send(datagrams, 53));
    assertThat(violations()).isEmpty();
    assertThat(revoke().revoked()).isZero();
  }

  @Test
  void shouldKeepASocketWhoseRawFdOthersUse() {
    long exported = alice.ask(Reply.Opened.class, listening(8000)).descriptor();
    alice.share(exported, again);
    alice.ask(Reply.Done.class, new Request.Export(exported, true));
    enforce("rule user=1000 listen=tcp:*:*");
    Reply.Reloaded done = revoke();
    assertThat(done.revoked()).isZero();
    assertThat(done.notices()).singleElement().asString().startsWith("1 not revoked");
  }

  @Test
  void shouldDenyWhomItCannotTellApart() {
    enforce("rule user=1000 listen=tcp:*:*", "deny unit=agent-*.service listen=tcp:*:80");
    assertThat(alice.outcome(listening(80))).as("its unit is unknown").isEqualTo("EACCES");
    assertThat(alice.outcome(listening(81))).isEqualTo("ok");
    RecordingSession outside = connect(20, new Subject(1000, Set.of(1L), List.of("a.service")));
    assertThat(outside.outcome(listening(80))).isEqualTo("ok");
  }

  @Test
  void shouldNotLetANumberEvadeADenialOfAnOption() {
    enforce("rule user=1000 listen=tcp:*:* options=*", "deny options=SO_REUSEPORT");
    long socket = alice.ask(Reply.Opened.class, stream()).descriptor();
    Request.SetOption byNumber = new Request.SetOption(socket, null, 1, 15, "01000000", null);
    assertThat(alice.outcome(byNumber)).isEqualTo("EACCES");
    assertThat(alice.outcome(set(socket, "x".repeat(100_000)))).isEqualTo("ENOPROTOOPT");
  }

  @Test
  void shouldDenyABindOfAListener() {
    enforce("rule user=1000 listen=tcp:*:*", "deny bind=tcp:*:22");
    assertThat(alice.outcome(listening(22))).isEqualTo("EACCES");
    assertThat(alice.outcome(listening(23))).isEqualTo("ok");
  }

  @Test
  void shouldNotReloadAndUpgradeAtTheSameTime() {
    broker.conductor.upgrades().startedBy(_ -> {});
    int[] reads = new int[1];
    broker.conductor.reloads().readBy(_ -> reads[0]++);
    administrator.begin(new Request.Reload(false));
    assertThat(administrator.outcome(new Request.Upgrade(null))).isEqualTo("EALREADY");
    broker.conductor.reloads().done(broker.inForce.terms(), List.of());
    administrator.begin(new Request.Upgrade(null));
    assertThat(administrator.outcome(new Request.Reload(false))).isEqualTo("EALREADY");
    broker.conductor.reloads().onSignal();
    assertThat(reads[0]).isEqualTo(1);
    broker.conductor.upgrades().refuse(new RefusedException(Errno.EIO, "it was given up"));
    assertThat(reads[0]).as("the signal was not lost").isEqualTo(2);
  }

  @Test
  void shouldKeepEverythingAfterAnInvalidReload() {
    enforce("rule user=1000 listen=tcp:*:*");
    assertThat(administrator.outcome(new Request.Reload(false))).isEqualTo("EOPNOTSUPP");
    int[] reads = new int[1];
    broker.conductor.reloads().readBy(_ -> reads[0]++);
    assertThat(alice.outcome(new Request.Reload(false))).isEqualTo("EPERM");
    long first = administrator.begin(new Request.Reload(false));
    long second = administrator.begin(new Request.Reload(false));
    assertThat(reads[0]).as("the second waits for another look").isEqualTo(1);
    broker.conductor.reloads().refused(List.of("x.toml:1: wrong"));
    assertThat(((Reply.Reloaded) administrator.answer(first).message()).errors())
        .containsExactly("x.toml:1: wrong");
    assertThat(administrator.outcome(second)).isEqualTo("waits");
    assertThat(reads[0]).isEqualTo(2);
    assertThat(alice.outcome(listening(0))).isEqualTo("ok");
  }

  @Test
  void shouldApplyNewLimitsToNewRequests() {
    alice.ask(Reply.Opened.class, listening(0));
    alice.ask(Reply.Opened.class, listening(0));
    Quota two = new Quota(Map.of(Resource.SOCKETS, Amount.number(2)), null, null);
    apply(Policy.NONE, new Quotas(two, Map.of(2000L, Quota.NONE)));
    assertThat(alice.outcome(listening(0))).isEqualTo("EDQUOT");
    assertThat(again.outcome(listening(0))).as("of the user").isEqualTo("EDQUOT");
    assertThat(bob.outcome(listening(0))).isEqualTo("ok");
    assertThat(bob.outcome(listening(0))).isEqualTo("ok");
    assertThat(bob.outcome(listening(0))).as("as usual, if it says nothing").isEqualTo("EDQUOT");
    Quota three = new Quota(Map.of(Resource.SOCKETS, Amount.number(3)), null, null);
    apply(Policy.NONE, new Quotas(two, Map.of(2000L, three)));
    assertThat(bob.outcome(listening(0))).isEqualTo("ok");
    assertThat(bob.outcome(listening(0))).isEqualTo("EDQUOT");
    Quota half = new Quota(Map.of(Resource.SOCKETS, Amount.fraction(1, 2)), null, null);
    apply(Policy.NONE, new Quotas(half, Map.of()));
    assertThat(alice.outcome(listening(0))).isEqualTo("ok");
  }

  @Test
  void shouldLimitHowOftenAUserOpensAndBegins() {
    apply(Policy.NONE, new Quotas(new Quota(Map.of(), 2, 3), Map.of()));
    for (int i = 0; i < 3; i++) {
      assertThat((i % 2 == 0 ? alice : again).outcome(stream())).isEqualTo("ok");
    }
    assertThat(message(alice, stream()))
        .contains("uid 1000 has opened 3 sockets in this second")
        .contains("opens");
    assertThat(bob.outcome(stream())).isEqualTo("ok");
    assertThat(administrator.outcome(stream())).isEqualTo("ok");
    broker.pass(1000);
    assertThat(alice.outcome(stream())).isEqualTo("ok");
    for (int i = 0; i < 3; i++) {
      broker.kernel.startProcess(30 + i);
      RecordingSession session = new RecordingSession(broker, new Identity(30 + i, 4000));
      Request hello = new Request.Hello(List.of(1), "test", false, Lifetime.CONNECTION);
      assertThat(session.outcome(hello)).isEqualTo(i < 2 ? "ok" : "EDQUOT");
    }
  }

  @Test
  void shouldRecordRefusalsWithinABudgetForEachUser() {
    enforce("rule user=1000 listen=tcp:*:8000");
    administrator.ask(Reply.Done.class, new Request.Watch(true));
    for (int i = 0; i < AuditTrail.ENTRIES_PER_SECOND + 5; i++) {
      alice.outcome(listening(8001));
    }
    bob.outcome(stream());
    assertThat(broker.audit).hasSize(AuditTrail.ENTRIES_PER_SECOND + 1);
    AuditEntry first = broker.audit.getFirst();
    assertThat(first.uid()).isEqualTo(1000);
    assertThat(first.pid()).isEqualTo(10);
    assertThat(first.action()).isEqualTo("listen");
    assertThat(first.object()).isEqualTo("tcp:" + HOST + ":8001");
    assertThat(first.rule()).isEqualTo("rule 'r0' (test:0)");
    assertThat(first.errno()).isEqualTo("EACCES");
    assertThat(broker.audit.getLast().uid()).as("others have their own budget").isEqualTo(2000);
    broker.pass(2000);
    assertThat(broker.audit.getLast().dropped()).isEqualTo(4);
    assertThat(administrator.takeHappenings())
        .anySatisfy(
            it -> {
              assertThat(it.what()).isEqualTo(Event.What.REFUSED);
              assertThat(it.detail()).startsWith("listen tcp:" + HOST + ":8001: no rule allows");
            });
  }

  @Test
  void shouldRecordOtherRefusalsAndGrantsOnRequest() {
    long socket = alice.ask(Reply.Opened.class, listening(0)).descriptor();
    long weak = alice.share(socket, again, EnumSet.of(Right.ACCEPT));
    again.outcome(new Request.Listen(weak, 1));
    AuditEntry entry = broker.audit.getLast();
    assertThat(entry.action()).isEqualTo("listen");
    assertThat(entry.object()).isEqualTo("d" + weak);
    assertThat(entry.errno()).isEqualTo("EPERM");
    int before = broker.audit.size();
    broker.conductor.reloads().apply(new Terms(Limits.DEFAULT, Quotas.NONE, Policy.NONE, true));
    alice.ask(Reply.Opened.class, listening(0));
    assertThat(broker.audit.subList(before, broker.audit.size()))
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.errno()).isNull());
  }
}
