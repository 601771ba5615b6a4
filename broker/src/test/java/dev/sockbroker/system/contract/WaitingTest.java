package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.RECEIVE;
import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EALREADY;
import static dev.sockbroker.protocol.Errno.ECANCELED;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EMFILE;
import static dev.sockbroker.protocol.Errno.ENOBUFS;
import static dev.sockbroker.protocol.Errno.EOPNOTSUPP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Scenarios NB-* and LM-*: waiting operations, their time limits, order and number. */
class WaitingTest {
  private static final int MEBIBYTE = 1 << 20;
  private static final byte[] NONE = {};

  @Scenario(
      id = "NB-01",
      rules = {24, 32},
      steps = "blocking socket; REG(0); recv on nothing",
      expected = "EAGAIN")
  void nb01ShouldBecomeNonBlockingByAnyRegistration(Scene scene) {
    Pair pair = scene.pair();
    pair.held().cancelAny();
    pair.held().recv(1).fails(EAGAIN);
  }

  @Scenario(
      id = "NB-02",
      rules = {24},
      registers = false,
      steps = "waiting recv with 100 ms; nothing comes; SO_RCVTIMEO 100 ms, blocking recv",
      expected = "ETIMEDOUT; EAGAIN, after 100 ms each")
  void nb02ShouldWaitForItsTime(Scene scene) {
    Pair pair = scene.pair();
    long begin = System.nanoTime();
    pair.held().waitRecv(1, 100L).ends().timesOut();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(99));
    pair.held().set("SO_RCVTIMEO", 100L).is(100);
    begin = System.nanoTime();
    pair.held().recv(1).fails(EAGAIN);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(99));
  }

  @Scenario(
      id = "NB-03",
      rules = {24, 47},
      registers = false,
      steps = "accept on a socket that does not listen; on UDP; with nobody waiting, non-blocking",
      expected = "EINVAL; EOPNOTSUPP; EAGAIN")
  void nb03ShouldSayWhyNothingIsAccepted(Scene scene) {
    scene.a().open().accept().fails(EINVAL);
    scene.a().openDatagram().accept().fails(EOPNOTSUPP);
    Holder listener = scene.a().listen(8);
    listener.set("O_NONBLOCK", true);
    listener.accept().fails(EAGAIN);
  }

  @Scenario(
      id = "NB-04",
      rules = {24},
      registers = false,
      steps = "waiting send of 32 MiB, 100 ms, peer idle",
      expected = "a count > 0, less than all")
  void nb04ShouldCountWhatWasSentInTime(Scene scene) {
    Pair pair = scene.pair();
    byte[] all = new byte[32 * MEBIBYTE];
    Reply.Sent sent = pair.held().waitSend(all, 100).ends().as(Reply.Sent.class);
    assertThat(sent.count()).isPositive().isLessThan(all.length);
  }

  @Scenario(
      id = "NB-05",
      rules = {25, 26},
      registers = false,
      steps = "A waits for 4; 4 arrive; B receives without waiting",
      expected = "A has them, B EAGAIN")
  void nb05ShouldServeInTheOrderAsked(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting receive = pair.held().waitRecv(4);
    pair.peer().send("1234");
    other.recvNow(4).fails(EAGAIN);
    receive.ends().gives("1234");
  }

  @Scenario(
      id = "NB-06",
      rules = {17, 25},
      registers = false,
      steps = "A and B each send 8 MiB waiting; A sends 1 without waiting",
      expected = "EAGAIN; all of A's bytes, then all of B's")
  void nb06ShouldNotMixWaitingSends(Scene scene) {
    int each = 8 * MEBIBYTE;
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting first = pair.held().waitSend(filled(each, 'a'), Request.FOREVER);
    Waiting second = other.waitSend(filled(each, 'b'), Request.FOREVER);
    pair.held().sendNow("c").fails(EAGAIN);
    assertThat(pair.peer().take(each)).as("A's").isEqualTo(filled(each, 'a'));
    assertThat(pair.peer().take(each)).as("B's").isEqualTo(filled(each, 'b'));
    first.ends().as(Reply.Sent.class);
    second.ends().as(Reply.Sent.class);
  }

  private static byte[] filled(int count, char with) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) with);
    return bytes;
  }

  @Scenario(
      id = "NB-07",
      rules = {45},
      registers = false,
      steps = "A waits in accept; B: shutdown(RECEIVE)",
      expected = "EINVAL")
  void nb07ShouldEndAcceptsWithTheListener(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder other = listener.share(scene.b());
    Waiting accept = listener.waitAccept();
    other.shutdown(RECEIVE);
    accept.ends().fails(EINVAL);
  }

  @Scenario(
      id = "NB-08",
      rules = {25},
      registers = false,
      steps = "in one go, without waiting for a reply: O_NONBLOCK on, recv, O_NONBLOCK off, recv",
      expected = "EAGAIN; the second waits")
  void nb08ShouldKeepOptionsInTheirPlaceAmongOperations(Scene scene) {
    Pair pair = scene.pair();
    WireSession session = scene.a().session();
    long id = pair.held().id();
    var on = session.begin(Request.SetOption.named(id, "O_NONBLOCK", true), NONE);
    var first = session.begin(Request.Receive.of(id, 1), NONE);
    var off = session.begin(Request.SetOption.named(id, "O_NONBLOCK", false), NONE);
    var second = session.begin(Request.Receive.of(id, 1), NONE);
    assertThat(WireSession.await(on).reply()).isEqualTo(new Reply.Option(true));
    assertThat(WireSession.await(first).reply())
        .isInstanceOfSatisfying(
            Reply.Error.class, error -> assertThat(error.errno()).isEqualTo(EAGAIN));
    assertThat(WireSession.await(off).reply()).isEqualTo(new Reply.Option(false));
    session.ask(new Request.Ping());
    assertThat(second).isNotDone();
    pair.peer().send("1");
    assertThat(WireSession.await(second).payload()).containsExactly('1');
  }

  @Scenario(
      id = "NB-09",
      rules = {17, 24},
      registers = false,
      steps = "A and B wait to receive; A cancels its own; the peer sends",
      expected = "ECANCELED; B gets it")
  void nb09ShouldCancelOneOfTwo(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting first = pair.held().waitRecv(16);
    Waiting second = other.waitRecv(16);
    first.cancel();
    first.ends().fails(ECANCELED);
    pair.peer().send("1234");
    second.ends().gives("1234");
  }

  @Scenario(
      id = "NB-10",
      rules = {24},
      on = On.INTERNET,
      steps = "REG(ALL); a waiting connect to a full listener is cancelled; connect; room is made",
      expected = "ECANCELED; EALREADY; CONNECT(0), WRITE")
  void nb10ShouldGoOnConnectingWhenTheWaitIsCancelled(Scene scene) {
    Holder full = scene.c().listen(0);
    scene.connect(full);
    Holder client = scene.a().open();
    client.reg(Scene.ALL).then("");
    Waiting connect = client.waitConnect(full.local(), Request.FOREVER);
    connect.cancel();
    connect.ends().fails(ECANCELED).then("");
    client.connect(full.local()).fails(EALREADY);
    full.accept().then("A: CONNECT(0), WRITE");
  }

  @Scenario(
      id = "NB-11",
      rules = {26, 39},
      steps =
          "B waits in accept and does not read; a client connects; A accepts without waiting;"
              + " REG(ACCEPT); a client connects; B reads",
      expected = "A has it; none; ACCEPT; B has it")
  void nb11ShouldPassOverASessionThatDoesNotRead(Scene scene) {
    Holder listener = scene.a().listen(8);
    StoppedSession stopped =
        new StoppedSession(
            scene.b(), listener, descriptor -> new Request.Accept(descriptor, Request.FOREVER));
    scene.connect(listener);
    scene.a().ask(new Request.Accept(listener.id(), 0L)).holder("accepted");
    listener.reg(NetworkEvent.ACCEPT).then("");
    scene.connect(listener);
    scene.expect("a client connects", "ACCEPT");
    assertThat(stopped.resume()).isInstanceOf(Reply.Opened.class);
  }

  @Scenario(
      id = "NB-13",
      rules = {26},
      registers = false,
      steps =
          "B waits to receive and does not read; the peer sends 4; A: recv; the peer sends 4; B"
              + " reads",
      expected = "A has them; B has the others")
  void nb13ShouldReceiveBesideASessionThatDoesNotRead(Scene scene) {
    Pair pair = scene.pair();
    StoppedSession stopped =
        new StoppedSession(
            scene.b(),
            pair.held(),
            descriptor -> new Request.Receive(descriptor, 4, Request.FOREVER, false, false));
    pair.peer().send("1234");
    pair.held().recv(4).gives("1234");
    pair.peer().send("5678");
    assertThat(stopped.resume()).isInstanceOf(Reply.Received.class);
    pair.held().recvNow(4).fails(EAGAIN);
  }

  @Scenario(
      id = "NB-12",
      rules = {24},
      registers = false,
      steps =
          "SO_RCVLOWAT 10; the peer sends 5; a waiting recv of 20; the peer sends 7; it sends 5; a"
              + " waiting recv of 3; one of 20 with 100 ms; it sends 3; recv of 20 without waiting;"
              + " a waiting recv of 20; it sends 4 and closes",
      expected = "waits; 12 bytes; 3 bytes; 2 bytes; 3 bytes; waits; 4 bytes")
  void nb12ShouldWaitForTheLowWaterMark(Scene scene) {
    Pair pair = scene.pair();
    Holder socket = pair.held();
    socket.set("SO_RCVLOWAT", 10L).is(10);
    pair.peer().send("12345");
    Waiting receive = socket.waitRecv(20);
    receive.stillWaits();
    pair.peer().send("6789012");
    receive.ends().gives("123456789012");
    pair.peer().send("12345");
    socket.waitRecv(3).ends().gives("123");
    socket.waitRecv(20, 100L).ends().gives("45");
    pair.peer().send("678");
    socket.recvNow(20).gives("678");
    receive = socket.waitRecv(20);
    pair.peer().send("9012");
    receive.stillWaits();
    pair.peer().closes();
    receive.ends().gives("9012");
  }

  @Scenario(
      id = "LM-01",
      rules = {20},
      registers = false,
      on = On.ONCE,
      steps =
          "as many event objects, tokens, waiting operations as welcome says, and one more each",
      expected = "EMFILE; EMFILE; ENOBUFS; the session lives")
  void lm01ShouldBoundWhatASessionMakes(Scene scene) {
    Holder socket = scene.pair().held();
    Reply.Limits limits = scene.a().session().welcome().limits();
    Actor a = scene.a();
    assertThat(errors(a, limits.eventObjects() + 1, new Request.CreateEvent()))
        .containsExactly(EMFILE);
    Request duplicate = Request.Duplicate.toPid(socket.id(), a.pid());
    assertThat(errors(a, limits.tokens() + 1, duplicate)).containsExactly(EMFILE);
    Request wait = new Request.Receive(socket.id(), 1, Request.FOREVER, false, false);
    for (int i = 0; i < limits.waitingOperations(); i++) {
      a.session().begin(wait, NONE);
    }
    a.ask(wait).fails(ENOBUFS);
    a.ask(new Request.Ping());
  }

  /** The errors of a request that is repeated. */
  private static List<Integer> errors(Actor actor, int times, Request request) {
    List<CompletableFuture<WireSession.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      answers.add(actor.session().begin(request, NONE));
    }
    return answers.stream()
        .map(answer -> WireSession.await(answer).reply())
        .filter(Reply.Error.class::isInstance)
        .map(reply -> ((Reply.Error) reply).errno())
        .toList();
  }
}
