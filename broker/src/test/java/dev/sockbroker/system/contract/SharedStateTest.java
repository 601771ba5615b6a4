package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.SEND;
import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.ECONNRESET;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.Errno.EPIPE;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.CLOSE;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.Set;

/** Scenarios SH-* and RG-*: one socket, several holders, one registration. */
class SharedStateTest {
  @Scenario(
      id = "SH-02",
      rules = {28, 30, 31},
      steps = "A: REG(READ); B: REG(WRITE); the peer sends",
      expected = "B: WRITE only; A: \"replaced\" and nothing more; nobody gets READ")
  void sh02ShouldLetTheSecondRegistrationWin(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ).then("");
    other.reg(WRITE).then("A: replaced by B; B: WRITE");
    pair.peer().send("12345").none();
  }

  @Scenario(
      id = "SH-03",
      rules = {27, 28, 30, 40},
      registers = false,
      steps = "A: asyncSelect(READ, CLOSE); B: eventSelect(READ); the peer sends",
      expected = "A: replaced; B records READ")
  void sh03ShouldReplaceOneFormByTheOther(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().asyncSelect(Set.of(READ, CLOSE)).then("");
    other.eventSelect(Set.of(READ), scene.b().object()).then("A: replaced by B");
    pair.peer().send("12345").then("B: signalled");
    other.enumerate(scene.b().object()).records("READ").then("");
  }

  @Scenario(
      id = "SH-04",
      rules = {28, 29, 30},
      steps = "A: REG(READ); B: REG(0); the peer sends",
      expected = "A: replaced; none")
  void sh04ShouldLetAnyHolderCancel(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    other.cancelAny().then("A: replaced by B");
    pair.peer().send("12345").none();
  }

  @Scenario(
      id = "SH-05",
      rules = {40},
      registers = false,
      steps = "A: eventSelect(READ); data arrives; B enumerates without object",
      expected = "B gets READ; A's object stays signalled; A enumerates: empty")
  void sh05ShouldLetAnyHolderEnumerate(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    long object = scene.a().object();
    pair.held().eventSelect(Set.of(READ), object);
    pair.peer().send("12345").then("A: signalled");
    other.enumerate(0).records("READ").then("");
    assertThat(scene.a().isSet(object)).isTrue();
    pair.held().enumerate(object).records("").then("");
    assertThat(scene.a().isSet(object)).isFalse();
  }

  @Scenario(
      id = "SH-06",
      rules = {32},
      steps = "A: REG(READ); B sets blocking mode; B: REG(0); B sets blocking mode",
      expected = "EINVAL; ok; ok")
  void sh06ShouldStayNonBlockingWhileRegistered(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    other.set("O_NONBLOCK", false).fails(EINVAL);
    pair.held().get("O_NONBLOCK").is(true);
    other.cancelAny().then("A: replaced by B");
    other.set("O_NONBLOCK", false).is(false);
    pair.held().get("O_NONBLOCK").is(false);
  }

  @Scenario(
      id = "SH-07",
      rules = {22},
      registers = false,
      steps = "A: shutdown(SEND); B sends",
      expected = "EPIPE; the peer sees end of stream")
  void sh07ShouldShutDownForAll(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().shutdown(SEND);
    other.send("hello").fails(EPIPE);
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "SH-08",
      rules = {12, 15},
      registers = false,
      steps = "A closes; B sends; the peer reads; B closes, nothing unread",
      expected = "data; end of stream only after B's close")
  void sh08ShouldCloseWithTheLastDescriptor(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().close();
    other.send("hello");
    pair.peer().reads("hello");
    pair.peer().seesNothing();
    other.close();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "SH-09",
      rules = {26},
      registers = false,
      steps = "A and B both wait to receive up to 16; 4 bytes arrive",
      expected = "exactly one gets them")
  void sh09ShouldGiveBytesToOneOfTwo(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting first = pair.held().waitRecv(16);
    Waiting second = other.waitRecv(16);
    pair.peer().send("1234").none();
    first.ends().gives("1234");
    second.stillWaits();
  }

  @Scenario(
      id = "SH-10",
      rules = {39},
      steps = "A: REG(READ); B waits in a receive; data arrives that it takes whole",
      expected = "A: none")
  void sh10ShouldServeAWaitingReceiveBeforeTheRegistrant(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    Waiting receive = other.waitRecv(16);
    pair.peer().send("1234").none();
    receive.ends().gives("1234");
  }

  @Scenario(
      id = "SH-11",
      rules = {34, 37, 38},
      steps = "listener registered by A, two connections wait; B accepts one",
      expected = "A's ACCEPT comes again; the accepted socket has no registration")
  void sh11ShouldNotPassTheRegistrationToAnotherSession(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder other = listener.share(scene.b());
    listener.reg(ACCEPT, READ);
    Peer first = scene.connect(listener);
    scene.done().then("ACCEPT");
    scene.connect(listener);
    Holder accepted = other.accept().then("ACCEPT").holder("accepted");
    assertThat(accepted.opened().registration()).isZero();
    accepted.get("O_NONBLOCK").is(false);
    first.send("hello").none();
  }

  @Scenario(
      id = "SH-12",
      rules = {26},
      registers = false,
      steps = "A and B accept without waiting, one connection is there",
      expected = "one gets it, the other EAGAIN")
  void sh12ShouldGiveAConnectionToOneOfTwo(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder other = listener.share(scene.b());
    listener.set("O_NONBLOCK", true);
    scene.connect(listener);
    listener.accept().holder("accepted");
    other.accept().fails(EAGAIN);
  }

  @Scenario(
      id = "SH-13",
      rules = {33, 36},
      steps = "A registered; A closes its descriptor; the peer sends; B: REG(READ)",
      expected = "none; then READ at once")
  void sh13ShouldDropTheRegistrationWithItsDescriptor(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    pair.held().close().then("");
    pair.peer().send("12345").none();
    other.reg(READ).then("B: READ");
  }

  @Scenario(
      id = "SH-14",
      rules = {14, 33, 36},
      steps = "A registered; A is killed with data unread; B: REG(READ)",
      expected = "READ at once, all bytes there")
  void sh14ShouldLoseNothingWhenTheRegistrantDies(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    pair.peer().send("12345").then("READ");
    scene.a().kill();
    other.reg(READ).then("B: READ");
    other.recv(10).gives("12345");
  }

  @Scenario(
      id = "SH-15",
      rules = {23},
      registers = false,
      steps =
          "the connection is reset, no data unread; A reads the error; B receives; B reads"
              + " SO_ERROR",
      expected = "ECONNRESET for each")
  void sh15ShouldTellThePendingErrorToAll(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.peer().reset();
    pair.held().get("SO_ERROR").is(ECONNRESET);
    other.recv(5).fails(ECONNRESET);
    other.get("SO_ERROR").is(ECONNRESET);
    pair.held().send("hello").fails(ECONNRESET);
  }

  @Scenario(
      id = "RG-01",
      rules = {28, 30},
      steps = "REG through d1, REG through d2 of the same session",
      expected = "d1: \"replaced\" with its own pid; only d2 hears")
  void rg01ShouldReplaceWithinASession(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.a(), "d2");
    pair.held().reg(NOWR);
    second.reg(NOWR).then("A: replaced by A");
    pair.peer().send("12345").then("d2: READ");
  }

  @Scenario(
      id = "RG-02",
      rules = {33},
      steps =
          "REG through d1; close d1, d2 of the same session stays; the peer sends; read O_NONBLOCK",
      expected = "none; on")
  void rg02ShouldDropTheRegistrationWithItsOwnDescriptorOnly(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.a(), "d2");
    pair.held().reg(NOWR);
    pair.held().close().then("");
    pair.peer().send("12345").none();
    second.get("O_NONBLOCK").is(true);
  }

  @Scenario(
      id = "RG-03",
      rules = {32, 39},
      steps = "B waits in blocking mode; A: REG(READ); the peer sends 1",
      expected = "B goes on waiting and gets it; none")
  void rg03ShouldNotDisturbWhatWaitsAlready(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting receive = other.waitRecv(1, null);
    pair.held().reg(READ).then("");
    receive.stillWaits();
    pair.peer().send("1").none();
    receive.ends().gives("1");
  }

  @Scenario(
      id = "RG-04",
      rules = {30, 33},
      steps = "A registered; an administrator revokes A's descriptor; the peer sends; A receives",
      expected = "A: \"revoked\"; none; EBADF")
  void rg04ShouldTellARegistrantThatItsDescriptorIsGone(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ);
    Request revoke = new Request.RevokeDescriptor(pair.held().id());
    scene.b().ask(revoke).fails(EPERM);
    Step revoked = scene.administrator().ask(revoke);
    scene.closed(pair.held());
    revoked.then("A: revoked by administrator");
    pair.peer().send("12345").none();
    pair.held().recv(5).fails(EBADF);
    other.recv(5).gives("12345");
  }

  @Scenario(
      id = "RG-05",
      rules = {37, 43},
      steps =
          "REG(READ, WRITE); the peer sends; rearm(READ); rearm(WRITE) by B; rearm(READ) without"
              + " RECV",
      expected = "WRITE; READ; READ; WRITE; EPERM")
  void rg05ShouldRearm(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(READ, WRITE).then("WRITE");
    pair.peer().send("12345").then("READ");
    scene.a().ask(new Request.Rearm(pair.held().id(), Set.of(READ))).then("READ");
    scene.b().ask(new Request.Rearm(other.id(), Set.of(WRITE))).then("WRITE");
    Step token = pair.held().duplicate(scene.b().pid(), Set.of(Right.EVENT));
    Holder weak = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("weak");
    scene.b().ask(new Request.Rearm(weak.id(), Set.of(READ))).fails(EPERM);
  }
}
