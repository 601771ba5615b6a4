package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.Set;

/** Scenarios CA-* and SB-*: what a cancel ends, and which standby is promoted. */
class StandbyTest {
  private static final Set<NetworkEvent> NONE = Set.of();

  private static long number(Step registered) {
    return registered.as(Reply.Registered.class).number();
  }

  private static long cancelled(Step cancel) {
    return cancel.as(Reply.Registered.class).cancelled();
  }

  private static Reply.Shown show(Holder holder) {
    return holder.ask(new Request.Show("d" + holder.id())).as(Reply.Shown.class);
  }

  /** The holders of one connection. A and B are standbys for C. */
  private record Line(Peer peer, Holder first, Holder second, Holder third) {}

  private static Line line(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    Holder third = pair.held().share(scene.c());
    pair.held().regStandby(READ).then("");
    second.regStandby(READ).then("A: replaced by B and stands by");
    third.reg(READ).then("B: replaced by C and stands by");
    return new Line(pair.peer(), pair.held(), second, third);
  }

  @Scenario(
      id = "CA-01",
      rules = {29},
      steps = "A: REG(READ); B: REG(READ); A cancels its own; the peer sends",
      expected = "A: replaced; nothing was cancelled; B: READ")
  void ca01ShouldLeaveTheSuccessorItsRegistration(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    long own = number(pair.held().reg(READ).then(""));
    other.reg(READ).then("A: replaced by B");
    assertThat(cancelled(pair.held().cancel(own).then(""))).isZero();
    pair.peer().send("1").then("B: READ");
  }

  @Scenario(
      id = "CA-02",
      rules = {29, 32},
      steps =
          "A: REG(READ); B cancels that number; A cancels another number, then its own, twice; B"
              + " sets blocking mode; A cancels its own; the peer sends; B reads O_NONBLOCK",
      expected = "only the first cancel of A's own ends anything; none; off")
  void ca02ShouldCancelOnesOwnByItsNumber(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    long own = number(pair.held().reg(READ).then(""));
    assertThat(cancelled(other.cancel(own).then(""))).isZero();
    assertThat(cancelled(pair.held().cancel(own + 1).then(""))).isZero();
    assertThat(show(other).registration()).isNotNull();
    assertThat(cancelled(pair.held().cancel(own).then(""))).isEqualTo(own);
    assertThat(show(other).registration()).isNull();
    assertThat(cancelled(pair.held().cancel(own).then(""))).isZero();
    other.set("O_NONBLOCK", false);
    assertThat(cancelled(pair.held().cancel(own).then(""))).isZero();
    pair.peer().send("1").none();
    other.get("O_NONBLOCK").is(false);
  }

  @Scenario(
      id = "CA-03",
      rules = {29},
      registers = false,
      steps =
          "A: asyncSelect(READ); a cancel with neither a number nor any, in both forms; with both;"
              + " one that is to stand by; events with a number; with any; the peer sends",
      expected = "EINVAL each; READ")
  void ca03ShouldRefuseACancelThatDoesNotNameOneThing(Scene scene) {
    Pair pair = scene.pair();
    long id = pair.held().id();
    long own = number(pair.held().asyncSelect(Set.of(READ)).then(""));
    pair.held().ask(new Request.AsyncSelect(id, NONE)).fails(EINVAL);
    pair.held().ask(new Request.EventSelect(id, NONE, 0)).fails(EINVAL);
    pair.held().ask(new Request.AsyncSelect(id, NONE, false, own, true)).fails(EINVAL);
    pair.held().ask(new Request.AsyncSelect(id, NONE, true, own, false)).fails(EINVAL);
    pair.held().ask(new Request.AsyncSelect(id, Set.of(READ), false, own, false)).fails(EINVAL);
    pair.held().ask(new Request.AsyncSelect(id, Set.of(READ), false, 0, true)).fails(EINVAL);
    pair.peer().send("1").then("A: READ");
  }

  @Scenario(
      id = "SB-01",
      rules = {30, 33, 51},
      steps =
          "A, B and C register in line to stand by; show; the peer sends; C closes; B closes; A"
              + " receives",
      expected =
          "A, B: replaced, stand by; both are shown; C: READ; B: promoted, READ; A: promoted, READ;"
              + " the data")
  void sb01ShouldPromoteInLine(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    Holder third = pair.held().share(scene.c());
    long first = number(pair.held().regStandby(READ).then(""));
    long next = number(second.regStandby(READ).then("A: replaced by B and stands by"));
    third.regStandby(READ).then("B: replaced by C and stands by");
    assertThat(show(third).holders())
        .extracting(Reply.DescriptorInfo::standby)
        .containsExactly(first, next, 0L);
    pair.peer().send("12345").then("C: READ");
    third.close().then("B: promoted, READ");
    second.close().then("A: promoted, READ");
    pair.held().recv(5).gives("12345");
  }

  @Scenario(
      id = "SB-02",
      rules = {51},
      steps = "A and B stand by for C; B is killed; the peer sends; C closes",
      expected = "C: READ; A: promoted, READ")
  void sb02ShouldPassOverAStandbyThatHasDied(Scene scene) {
    Line line = line(scene);
    scene.b().kill().then("");
    line.peer().send("12345").then("C: READ");
    line.third().close().then("A: promoted, READ");
  }

  @Scenario(
      id = "SB-03",
      rules = {14, 33, 51},
      steps = "listener: A stands by for B; B is killed; a client connects; A accepts",
      expected = "A: promoted; A: ACCEPT; ok")
  void sb03ShouldPromoteWhenTheRegistrantIsKilled(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder other = listener.share(scene.b());
    listener.regStandby(ACCEPT).then("");
    other.reg(ACCEPT).then("A: replaced by B and stands by");
    scene.b().kill().then("A: promoted");
    scene.connect(listener);
    scene.done().then("A: ACCEPT");
    listener.accept();
  }

  @Scenario(
      id = "SB-04",
      rules = {33, 51},
      steps = "A and B stand by for C; B closes its descriptor; C's session ends; the peer sends",
      expected = "none; A: promoted; READ")
  void sb04ShouldEndAStandbyWithItsDescriptor(Scene scene) {
    Line line = line(scene);
    line.second().close().then("");
    scene.c().end().then("A: promoted");
    line.peer().send("1").then("A: READ");
  }

  @Scenario(
      id = "SB-05",
      rules = {31, 51},
      steps =
          "A stands by for B and does not read; B cancels its own, registers and closes; the peer"
              + " sends; C: show; A reads",
      expected = "A is the registrant; A: promoted, READ")
  void sb05ShouldTellWhoDoesNotReadOnceItReads(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    Holder third = pair.held().share(scene.c());
    pair.held().regStandby(READ).then("");
    long number = number(second.reg(READ).then("A: replaced by B and stands by"));
    Pair full = scene.pair();
    full.peer().send("f".repeat(Actor.UNREAD_BYTES)).then("");
    scene.a().stopReading(full.held());
    second.cancel(number).then("");
    second.reg(READ).then("");
    second.close().then("");
    pair.peer().send("12345").then("");
    assertThat(show(third).registration().session()).isEqualTo(scene.a().sessionId());
    scene.a().readAgain().then("A: promoted, READ");
  }

  @Scenario(
      id = "SB-06",
      rules = {11, 51},
      steps =
          "B, without EVENT, registers to stand by, and cancels any; A stands by for C; C closes;"
              + " the peer sends",
      expected = "EPERM, EPERM; A: promoted; READ")
  void sb06ShouldNeedTheEventRight(Scene scene) {
    Pair pair = scene.pair();
    Step token = pair.held().duplicate(scene.b().pid(), Set.of(Right.RECV));
    Holder weak = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("weak");
    Holder third = pair.held().share(scene.c());
    weak.regStandby(READ).fails(EPERM);
    pair.held().regStandby(READ).then("");
    weak.ask(Request.AsyncSelect.cancelAny(weak.id())).fails(EPERM);
    third.reg(READ).then("A: replaced by C and stands by");
    third.close().then("A: promoted");
    pair.peer().send("1").then("A: READ");
  }

  @Scenario(
      id = "SB-07",
      rules = {29, 51},
      steps =
          "A stands by for B; B cancels its own; B: REG(READ); A cancels the number of its first"
              + " registration; B cancels its own; the peer sends",
      expected = "A: promoted; A: replaced, stands by; its standby was cancelled; none")
  void sb07ShouldPromoteAfterACancelOfTheRegistrantsOwn(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    long first = number(pair.held().regStandby(READ).then(""));
    long number = number(second.reg(READ).then("A: replaced by B and stands by"));
    assertThat(cancelled(second.cancel(number).then("A: promoted"))).isEqualTo(number);
    number = number(second.reg(READ).then("A: replaced by B and stands by"));
    assertThat(cancelled(pair.held().cancel(first).then(""))).isEqualTo(first);
    second.cancel(number).then("");
    pair.peer().send("1").none();
  }

  @Scenario(
      id = "SB-08",
      rules = {29, 30, 51},
      steps = "A and B stand by for C; B: REG(0); the peer sends; C: REG(READ); C closes",
      expected = "A: standby ended; C: replaced; none; READ; none")
  void sb08ShouldEndTheStandbysWhenAnyIsCancelled(Scene scene) {
    Line line = line(scene);
    line.second().cancelAny().then("A: standby ended by B; C: replaced by B");
    line.peer().send("1").none();
    line.third().reg(READ).then("C: READ");
    line.third().close().none();
  }

  @Scenario(
      id = "SB-09",
      rules = {30, 33, 51},
      steps =
          "A and B stand by for C; an administrator revokes C's descriptor, then A's; B closes; A"
              + " registers",
      expected = "C: revoked, B: promoted; A: revoked; none; EBADF")
  void sb09ShouldPromoteWhenTheRegistrantIsRevoked(Scene scene) {
    Line line = line(scene);
    revoke(scene, line.third()).then("B: promoted; C: revoked by administrator");
    revoke(scene, line.first()).then("A: revoked by administrator");
    line.second().close().none();
    line.first().regStandby(READ).fails(EBADF);
  }

  private static Step revoke(Scene scene, Holder holder) {
    scene.closed(holder);
    return scene.administrator().ask(new Request.RevokeDescriptor(holder.id()));
  }

  @Scenario(
      id = "SB-10",
      rules = {42, 51},
      steps =
          "A stands by; B: eventSelect(READ), to stand by; C: REG(READ); B closes its object; C"
              + " closes; the peer sends",
      expected = "A, B: replaced, stand by; none; A: promoted; READ")
  void sb10ShouldEndTheStandbyWithItsEventObject(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    Holder third = pair.held().share(scene.c());
    long object = scene.b().newObject();
    pair.held().regStandby(READ).then("");
    second
        .ask(new Request.EventSelect(second.id(), Set.of(READ), object, true, 0, false))
        .then("A: replaced by B and stands by");
    third.reg(READ).then("B: replaced by C and stands by");
    scene.b().ask(new Request.CloseEvent(object)).then("");
    third.close().then("A: promoted");
    pair.peer().send("1").then("A: READ");
  }

  @Scenario(
      id = "SB-11",
      rules = {34, 51},
      steps =
          "listener: A: REG(ACCEPT, READ), to stand by; a client connects; A accepts; B: REG(READ)"
              + " on the connection; B closes",
      expected = "A's connection: replaced, stands by; promoted")
  void sb11ShouldStandByOnAnAcceptedSocketToo(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.regStandby(ACCEPT, READ).then("");
    scene.connect(listener);
    scene.done().then("A: ACCEPT");
    Holder accepted = listener.accept().holder("accepted");
    scene.inherited(accepted);
    Holder other = accepted.share(scene.b());
    other.reg(READ).then("accepted: replaced by B and stands by");
    other.close().then("accepted: promoted");
  }
}
