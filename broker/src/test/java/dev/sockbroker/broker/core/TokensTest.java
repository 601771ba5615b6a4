package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Duplicating, redeeming, revoking, rights (rules 2-11). */
class TokensTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final RecordingSession c = broker.connect(12);
  private final long socket = a.tcp();

  private static Request.Duplicate toPid(long descriptor, int pid) {
    return Request.Duplicate.toPid(descriptor, pid);
  }

  private Reply.Duplicated duplicated(Request request) {
    return a.ask(Reply.Duplicated.class, request);
  }

  @Test
  void shouldMakeASecondDescriptorOfTheSameSocket() {
    Reply.Duplicated token = duplicated(toPid(socket, 11));
    Reply.Opened opened = b.ask(Reply.Opened.class, new Request.Redeem(token.token()));
    Reply.Opened source = b.ask(Reply.Opened.class, new Request.Redeem(a.tokenFor(socket, b)));
    assertThat(opened.socket()).isEqualTo(source.socket());
    assertThat(opened.descriptor()).isNotEqualTo(source.descriptor());
    assertThat(opened.created()).isFalse();
    assertThat(token.type()).isEqualTo(opened.type());
    assertThat(token.protocol()).isEqualTo(opened.protocol());
    a.set(socket, "SO_KEEPALIVE", true);
    assertThat(b.get(opened.descriptor(), "SO_KEEPALIVE")).isEqualTo(true);
  }

  @Test
  void shouldWorkOnce() {
    String token = a.tokenFor(socket, b);
    b.redeem(token);
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
  }

  @Test
  void shouldRefuseAStrangerAndStayGoodForTheTarget() {
    String token = duplicated(toPid(socket, 11)).token();
    assertThat(c.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldReadTheSameWhateverIsWrongWithAToken() {
    String used = a.tokenFor(socket, b);
    b.redeem(used);
    String others = a.tokenFor(socket, c);
    Reply unknown = b.ask(new Request.Redeem("x"));
    assertThat(b.ask(new Request.Redeem(used))).isEqualTo(unknown);
    assertThat(b.ask(new Request.Redeem(others))).isEqualTo(unknown);
    assertThat(b.ask(new Request.Redeem(""))).isEqualTo(unknown);
  }

  @Test
  void shouldRefuseATargetThatIsNoLivingProcess() {
    assertThat(a.outcome(toPid(socket, 0))).isEqualTo("EINVAL");
    assertThat(a.outcome(toPid(socket, 99))).isEqualTo("EINVAL");
    assertThat(a.outcome(toPid(socket + 1, 99))).isEqualTo("EBADF");
  }

  @Test
  void shouldBeBoundToTheProcessAndNotToItsNumber() {
    String token = duplicated(toPid(socket, 11)).token();
    b.end();
    broker.kernel.endProcess(11);
    RecordingSession later = broker.connect(11);
    assertThat(later.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
  }

  @Test
  void shouldAskTheKernelWhetherTheTargetLivesStill() {
    String token = duplicated(toPid(socket, 11)).token();
    broker.kernel.endProcessUnheard(11);
    RecordingSession later = broker.connect(11);
    assertThat(later.outcome(new Request.Redeem(token))).isEqualTo("EINVAL");
  }

  @Test
  void shouldWantOneTargetAndAnExpiryForAUser() {
    assertThat(a.outcome(new Request.Duplicate(socket, null, null, null, null, null)))
        .isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.Duplicate(socket, 11, b.id(), null, null, null)))
        .isEqualTo("EINVAL");
    assertThat(a.outcome(Request.Duplicate.toUid(socket, 1000L))).isEqualTo("EINVAL");
    assertThat(a.outcome(Request.Duplicate.toSession(socket, 999L))).isEqualTo("EINVAL");
    String token = duplicated(Request.Duplicate.toUid(socket, 1000L).expiringIn(100L)).token();
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldKeepTheSocketOpenUntilItEnds() {
    String token = a.tokenFor(socket, b);
    a.close(socket);
    assertThat(broker.counts().sockets()).isEqualTo(1);
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldCloseTheSocketWhenItsLastTokenExpires() {
    duplicated(Request.Duplicate.toSession(socket, b.id()).expiringIn(100L));
    a.close(socket);
    broker.pass(99);
    assertThat(broker.counts().sockets()).isEqualTo(1);
    broker.pass(1);
    assertThat(broker.counts().sockets()).isZero();
  }

  @Test
  void shouldEndWithItsTarget() {
    duplicated(toPid(socket, 11));
    a.tokenFor(socket, c);
    a.close(socket);
    broker.kernel.endProcess(11);
    broker.settle();
    assertThat(broker.counts().tokens()).isEqualTo(1);
    c.end();
    assertThat(broker.counts().tokens()).isZero();
    assertThat(broker.counts().sockets()).isZero();
    assertThat(broker.counts().watchedProcesses()).isZero();
  }

  @Test
  void shouldBeRevokedByItsMakerOrAnAdministratorOnly() {
    String first = a.tokenFor(socket, b);
    Reply.Duplicated second = duplicated(toPid(socket, 11));
    assertThat(b.outcome(new Request.RevokeToken(first))).isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.RevokeToken(second.id()))).isEqualTo("EINVAL");
    assertThat(a.outcome(new Request.RevokeToken(first))).isEqualTo("ok");
    assertThat(a.outcome(new Request.RevokeToken(first))).isEqualTo("EINVAL");
    assertThat(b.outcome(new Request.Redeem(first))).isEqualTo("EINVAL");
    RecordingSession administrator = broker.administrator(13);
    assertThat(administrator.outcome(new Request.RevokeToken(second.id()))).isEqualTo("ok");
    assertThat(broker.counts().tokens()).isZero();
  }

  @Test
  void shouldLeaveARedeemedDescriptorAloneWhenRevoked() {
    String token = a.tokenFor(socket, b);
    long shared = b.redeem(token);
    assertThat(a.outcome(new Request.RevokeToken(token))).isEqualTo("EINVAL");
    assertThat(b.get(shared, "SO_KEEPALIVE")).isEqualTo(false);
  }

  @Test
  void shouldOutliveItsMaker() {
    String token = a.tokenFor(socket, b);
    a.end();
    assertThat(b.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldShrinkRightsOnly() {
    Request.Duplicate receiveOnly =
        Request.Duplicate.toSession(socket, b.id())
            .withRights(EnumSet.of(Right.RECV, Right.DUPLICATE));
    long shared = b.redeem(duplicated(receiveOnly).token());
    assertThat(b.outcome(RecordingSession.sending(shared, 0L))).isEqualTo("EPERM");
    assertThat(b.outcome(Request.SetOption.named(shared, "SO_KEEPALIVE", true))).isEqualTo("EPERM");
    assertThat(b.outcome(new Request.AsyncSelect(shared, Set.of(NetworkEvent.READ))))
        .isEqualTo("EPERM");
    assertThat(
            b.outcome(
                Request.Duplicate.toSession(shared, c.id()).withRights(EnumSet.of(Right.SEND))))
        .isEqualTo("EPERM");
    assertThat(b.receive(shared, 1)).isEqualTo("ENOTCONN");
    assertThat(c.outcome(new Request.Redeem(b.tokenFor(shared, c)))).isEqualTo("ok");
  }

  @Test
  void shouldLookAtTheRightBeforeTheArguments() {
    Request.Duplicate receiveOnly =
        Request.Duplicate.toSession(socket, b.id()).withRights(EnumSet.of(Right.RECV));
    long shared = b.redeem(duplicated(receiveOnly).token());
    long unknown = 1_000_000;
    assertThat(b.outcome(new Request.EventSelect(shared, Set.of(NetworkEvent.READ), unknown)))
        .isEqualTo("EPERM");
    assertThat(a.outcome(new Request.EventSelect(shared, Set.of(NetworkEvent.READ), unknown)))
        .isEqualTo("EBADF");
    assertThat(a.outcome(new Request.EventSelect(socket, Set.of(NetworkEvent.READ), unknown)))
        .isEqualTo("EINVAL");
  }

  @Test
  void shouldNotBeUsedUpWhenTheReplyNeverReachedTheKernel() {
    String token = duplicated(toPid(socket, 11)).token();
    RecordingSession second = broker.connect(11);
    b.holdReplies();
    b.begin(new Request.Redeem(token));
    assertThat(second.outcome(new Request.Redeem(token))).as("on its way").isEqualTo("EINVAL");
    b.end();
    assertThat(second.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldNotBeUsedUpWhenTheProcessEndsBeforeItsConnection() {
    String token = duplicated(toPid(socket, 11)).token();
    RecordingSession second = broker.connect(11);
    b.holdReplies();
    b.begin(new Request.Redeem(token));
    a.close(socket);
    b.endBeforeDeliveries();
    assertThat(second.outcome(new Request.Redeem(token))).isEqualTo("ok");
  }

  @Test
  void shouldSayHowManyHoldersAndTokensAreNotShown() {
    RecordingSession a = broker.connect(50);
    long socket = a.tcp();
    for (int i = 0; i < 300; i++) {
      a.share(socket, a);
      a.tokenFor(socket, a);
    }
    Reply.Shown shown = a.ask(Reply.Shown.class, new Request.Show("d" + socket));
    assertThat(shown.holders()).hasSizeLessThan(301);
    assertThat(shown.holders().size() + shown.moreHolders()).isEqualTo(301);
    assertThat(shown.tokens()).hasSizeLessThan(300);
    assertThat(shown.tokens().size() + shown.moreTokens()).isEqualTo(300);
  }
}
