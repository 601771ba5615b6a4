package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EBUSY;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.EnumSet;

/** Scenarios ST-*: bytes on a connection of their own. */
class StreamTest {
  @Scenario(
      id = "ST-01",
      rules = {68},
      registers = false,
      steps = "A: stream; the peer sends 5; A writes 5",
      expected = "each reads them")
  void st01ShouldMoveBytesBothWays(Scene scene) {
    Pair pair = scene.pair();
    Peer stream = pair.held().stream();
    pair.peer().send("hello");
    stream.reads("hello");
    stream.send("world");
    pair.peer().reads("world");
  }

  @Scenario(
      id = "ST-02",
      rules = {68},
      registers = false,
      steps =
          "A: stream; B: recv, send, stream, ring; A: detach; B: recv without waiting, send; B"
              + " waits to receive; A: stream",
      expected = "EBUSY each; EAGAIN, ok; EBUSY")
  void st02ShouldOccupyBothDirections(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().attachStream();
    other.recvNow(5).fails(EBUSY);
    other.sendNow("hello").fails(EBUSY);
    other.ask(new Request.AttachStream(other.id())).fails(EBUSY);
    pair.held().ask(new Request.DetachStream(pair.held().id()));
    other.recvNow(5).fails(EAGAIN);
    other.sendNow("hello");
    pair.peer().reads("hello");
    Waiting receive = other.waitRecv(5);
    pair.held().ask(new Request.AttachStream(pair.held().id())).fails(EBUSY);
    pair.peer().send("after");
    receive.ends().gives("after");
  }

  @Scenario(
      id = "ST-03",
      rules = {69, 72},
      steps = "A: stream; B: REG(NOWR); the peer sends 5; A reads them; the peer closes",
      expected = "none; CLOSE(0), and A is told that receiving has ended with 0")
  void st03ShouldCountWhatWasPassedOnAsReceived(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Peer stream = pair.held().stream();
    other.reg(NOWR).then("");
    pair.peer().send("hello").none();
    stream.reads("hello");
    pair.peer().closes().then("B: CLOSE(0); A: RECEIVE ended(0)");
    stream.seesEnd();
  }

  @Scenario(
      id = "ST-04",
      rules = {70},
      registers = false,
      steps = "A: stream; A writes 5; shutdown(SEND) with the position 9; A writes 4",
      expected = "waits; ok, the peer reads 9 bytes and the end; sending has ended with EPIPE")
  void st04ShouldShutDownWhereItWasSent(Scene scene) {
    Pair pair = scene.pair();
    Peer stream = pair.held().stream();
    stream.send("hello");
    Request shutdown = new Request.Shutdown(pair.held().id(), Direction.SEND, 9L);
    Waiting waiting = scene.a().begin(shutdown, new byte[0]);
    pair.peer().reads("hello");
    waiting.stillWaits();
    stream.send("last");
    waiting.ends().then("A: SEND ended(EPIPE)");
    pair.peer().reads("last");
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "ST-05",
      rules = {71},
      registers = false,
      steps =
          "A: stream; the peer sends 5; A: detach; the peer sends 4; A reads to the end; B: recv",
      expected = "5 bytes and the end; 4 bytes")
  void st05ShouldLoseNothingByADetach(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Peer stream = pair.held().stream();
    pair.peer().send("hello");
    stream.reads("hello");
    pair.held().ask(new Request.DetachStream(pair.held().id()));
    pair.peer().send("next");
    stream.seesEnd();
    other.recv(9).gives("next");
  }

  @Scenario(
      id = "ST-06",
      rules = {70, 71},
      registers = false,
      steps = "A: stream; A writes 5 and closes its connection; B: send 3",
      expected = "the peer reads 5 and then 3 bytes")
  void st06ShouldSendWhatWasWrittenFirst(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Peer stream = pair.held().stream();
    stream.send("hello");
    pair.peer().reads("hello");
    stream.closes();
    other.awaitNoStream();
    other.send("end");
    pair.peer().reads("end");
  }

  @Scenario(
      id = "ST-07",
      rules = {14, 70},
      registers = false,
      steps =
          "A: stream; A writes 5; the peer sends 4; A reads them; A is killed; the peer sends 4",
      expected = "the peer has 5 bytes; B receives the last 4")
  void st07ShouldEndWithItsSession(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Peer stream = pair.held().stream();
    stream.send("hello");
    pair.peer().reads("hello");
    pair.peer().send("mine");
    stream.reads("mine");
    scene.a().kill();
    pair.peer().send("next");
    other.awaitNoStream();
    other.recv(9).gives("next");
  }

  @Scenario(
      id = "ST-08",
      rules = {73},
      registers = false,
      steps = "A: stream; B shows the key; A shows it; A shows it again; another key",
      expected = "EINVAL; ok; EINVAL; EINVAL, and the sessions live")
  void st08ShouldTakeAKeyOnce(Scene scene) {
    Pair pair = scene.pair();
    scene.b();
    String key = pair.held().attachStream();
    assertRefused(Peer.showKey(scene.b(), key));
    Peer stream = Peer.stream(scene.a(), key);
    assertRefused(Peer.showKey(scene.a(), key));
    assertRefused(Peer.showKey(scene.a(), "x" + key));
    pair.peer().send("hello");
    stream.reads("hello");
  }

  private static void assertRefused(Reply reply) {
    assertThat(reply).isInstanceOf(Reply.Error.class);
    assertThat(((Reply.Error) reply).errno()).isEqualTo(Errno.EINVAL);
  }

  @Scenario(
      id = "ST-09",
      rules = {11, 68},
      registers = false,
      steps =
          "B with RECV: stream; A: recv, send; the peer sends 5; C without RECV and SEND: stream",
      expected = "EBUSY, ok; B reads them; EPERM")
  void st09ShouldServeTheDirectionsOfTheRights(Scene scene) {
    Pair pair = scene.pair();
    Step token = pair.held().duplicate(scene.b().pid(), EnumSet.of(Right.RECV));
    Holder receiver = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("B");
    Step weak = pair.held().duplicate(scene.c().pid(), EnumSet.of(Right.GETOPT));
    Holder neither = scene.c().redeem(weak.as(Reply.Duplicated.class).token()).holder("C");
    Peer stream = receiver.stream();
    pair.held().recvNow(5).fails(EBUSY);
    pair.held().send("mine");
    pair.peer().reads("mine");
    pair.peer().send("hello");
    stream.reads("hello");
    neither.ask(new Request.AttachStream(neither.id())).fails(EPERM);
  }

  @Scenario(
      id = "ST-10",
      rules = {71},
      registers = false,
      steps = "A: stream; an administrator revokes A's descriptor; the peer sends 5; B: recv",
      expected = "A is told, and its stream ends; 5 bytes")
  void st10ShouldEndWithItsDescriptor(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Peer stream = pair.held().stream();
    Actor administrator = scene.administrator();
    administrator
        .ask(new Request.RevokeDescriptor(pair.held().id()))
        .then("A: revoked by administrator");
    stream.seesEnd();
    pair.peer().send("hello");
    other.recv(5).gives("hello");
  }

  @Scenario(
      id = "ST-11",
      rules = {68},
      registers = false,
      steps = "A: accept with a stream; the peer sends 5; A writes 5",
      expected = "each reads them")
  void st11ShouldAttachToAnAcceptedConnection(Scene scene) {
    Holder listener = scene.a().listen(8);
    Peer client = scene.connect(listener);
    Step accepted = listener.ask(new Request.Accept(listener.id(), null, true, 0));
    Peer stream = Peer.stream(scene.a(), accepted.as(Reply.Opened.class).stream());
    client.send("hello");
    stream.reads("hello");
    stream.send("world");
    client.reads("world");
  }

  @Scenario(
      id = "ST-12",
      rules = {72},
      registers = false,
      on = On.INTERNET,
      steps = "A: stream; the peer resets",
      expected = "the stream ends, and receiving has ended with ECONNRESET")
  void st12ShouldReportAReset(Scene scene) {
    Pair pair = scene.pair();
    Peer stream = pair.held().stream();
    pair.peer().reset().then("A: RECEIVE ended(ECONNRESET)");
    stream.seesEnd();
  }

  @Scenario(
      id = "ST-13",
      rules = {55, 68, 70},
      registers = false,
      steps =
          "A: stream; a stream to another peer, not connected yet; A writes 5; shutdown(SEND) with"
              + " the position 9; upgrade; the peer sends 5; A writes 4; A connects the other; its"
              + " peer sends 5",
      expected = "A reads 5; ok, the peer reads 9 bytes and the end; A reads 5")
  void st13ShouldSurviveAnUpgrade(Scene scene) {
    Pair pair = scene.pair();
    Pair second = scene.pair();
    Peer stream = pair.held().stream();
    String key = second.held().attachStream();
    stream.send("hello");
    pair.peer().reads("hello");
    Request shutdown = new Request.Shutdown(pair.held().id(), Direction.SEND, 9L);
    Waiting waiting = scene.a().begin(shutdown, new byte[0]);
    scene.upgrade();
    pair.peer().send("world");
    stream.reads("world");
    waiting.stillWaits();
    stream.send("last");
    waiting.ends().then("A: SEND ended(EPIPE)");
    pair.peer().reads("last");
    pair.peer().seesEnd();
    Peer late = Peer.stream(scene.a(), key);
    second.peer().send("later");
    late.reads("later");
  }
}
