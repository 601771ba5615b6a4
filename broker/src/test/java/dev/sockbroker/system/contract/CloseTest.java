package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.SEND;
import static dev.sockbroker.protocol.Errno.ECONNRESET;
import static dev.sockbroker.protocol.Errno.EPIPE;
import static dev.sockbroker.protocol.Errno.ETIMEDOUT;
import static dev.sockbroker.system.contract.Scene.ALL;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios CL-*: the end of a connection. */
class CloseTest {
  @Scenario(
      id = "CL-01",
      rules = {35, 36},
      steps = "REG(NOWR); the peer closes; recv",
      expected = "CLOSE(0), no READ; 0 bytes")
  void cl01ShouldReportThePeersEnd(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR).then("");
    pair.peer().closes().then("CLOSE(0)");
    pair.held().recv(5).gives("").none();
  }

  @Scenario(
      id = "CL-02",
      rules = {36, 38},
      steps = "the peer sends 5 and closes; recv 3; recv 2",
      expected = "READ; READ; CLOSE(0)")
  void cl02ShouldReportTheEndWhenAllIsRead(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    pair.peer().closes().then("");
    pair.held().recv(3).gives("123").then("READ");
    pair.held().recv(2).gives("45").then("CLOSE(0)");
  }

  @Scenario(
      id = "CL-03",
      rules = {23, 36},
      steps = "the peer resets (linger 1,0 and close)",
      expected = "CLOSE(ECONNRESET)")
  void cl03ShouldReportAReset(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().reset().then("CLOSE(ECONNRESET)");
  }

  @Scenario(
      id = "CL-04",
      rules = {36},
      steps = "own shutdown(SEND); the peer reads to the end, sends 3, closes; recv 3",
      expected = "READ; CLOSE(0)")
  void cl04ShouldGoOnReceivingAfterTheOwnEnd(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.held().shutdown(SEND).then("");
    pair.peer().seesEnd();
    pair.peer().send("123").then("READ");
    pair.peer().closes().then("");
    pair.held().recv(3).gives("123").then("CLOSE(0)");
  }

  @Scenario(
      id = "CL-05",
      rules = {15, 33},
      steps = "own descriptor closed while registered",
      expected = "nothing")
  void cl05ShouldNotReportTheOwnClose(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.held().close().none();
  }

  @Scenario(
      id = "CL-06",
      rules = {23, 36},
      steps = "REG(NOWR), the peer sends 5, resets; recv 3; recv 2; recv; send twice",
      expected = "READ; READ; CLOSE(ECONNRESET); ECONNRESET each")
  void cl06ShouldKeepTheDataOfAConnectionThatWasReset(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    pair.peer().reset().then("");
    pair.held().recv(3).gives("123").then("READ");
    pair.held().recv(2).gives("45").then("CLOSE(ECONNRESET)");
    pair.held().recv(1).fails(ECONNRESET).then("");
    pair.held().send("6").fails(ECONNRESET).then("");
    pair.held().send("7").fails(ECONNRESET).none();
  }

  @Scenario(
      id = "CL-07",
      rules = {23, 36},
      steps = "the peer sends 5, closes; own send; recv 5; A and B receive; SO_ERROR; send",
      expected = "READ; none; CLOSE(EPIPE); 0 bytes each; EPIPE; EPIPE")
  void cl07ShouldSayThatThePeerHadClosedBefore(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    pair.peer().closes().then("");
    pair.held().send("6").takesOrFails().none();
    pair.held().recv(5).gives("12345").then("CLOSE(EPIPE)");
    other.recv(5).gives("");
    pair.held().recv(5).gives("");
    other.get("SO_ERROR").is(EPIPE);
    pair.held().send("7").fails(EPIPE).none();
  }

  @Scenario(
      id = "CL-08",
      rules = {35, 36},
      steps = "the peer closes; REG(client, ALL)",
      expected = "CONNECT(0), WRITE, CLOSE(0)")
  void cl08ShouldReportAllThatHoldsInOrder(Scene scene) {
    Pair pair = scene.clientPair();
    pair.peer().closes();
    pair.held().reg(ALL).then("CONNECT(0), WRITE, CLOSE(0)");
  }

  @Scenario(
      id = "CL-09",
      rules = {23, 36},
      steps = "the peer resets; B reads SO_ERROR; A: REG(NOWR)",
      expected = "ECONNRESET; CLOSE(ECONNRESET)")
  void cl09ShouldReportAnErrorThatWasReadBefore(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.peer().reset();
    other.get("SO_ERROR").is(ECONNRESET);
    pair.held().reg(NOWR).then("CLOSE(ECONNRESET)");
  }

  @Scenario(
      id = "CL-10",
      rules = {23, 36},
      on = On.ONCE,
      steps =
          "TCP_USER_TIMEOUT 1000 on a path that dies (network namespace, link down), data unsent",
      expected = "CLOSE(ETIMEDOUT)")
  void cl10ShouldReportADeadPath(Scene scene) throws Exception {
    DyingPath path = scene.closedAtTheEnd(new DyingPath());
    Holder client = scene.a().open();
    client.set("TCP_USER_TIMEOUT", 1000L).is(1000);
    client.connect(path.address());
    client.reg(NOWR).then("CONNECT(0)");
    path.dies();
    client.send("hello").then("CLOSE(ETIMEDOUT)");
    client.recv(1).fails(ETIMEDOUT);
    client.get("SO_ERROR").is(ETIMEDOUT);
  }

  @Scenario(
      id = "CL-11",
      rules = {23},
      on = On.INTERNET,
      steps = "the peer sends 5, ends its sending, resets; B sends; A: recv 5; A and B receive",
      expected = "READ; EPIPE; CLOSE(EPIPE); 0 bytes each")
  void cl11ShouldReceiveToThePeersEndWhateverASendMet(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    pair.peer().shutdownSend().then("");
    pair.peer().reset().then("");
    other.send("6").fails(EPIPE).then("");
    pair.held().recv(5).gives("12345").then("CLOSE(EPIPE)");
    other.recv(5).gives("");
    pair.held().recv(5).gives("").none();
  }

  @Scenario(
      id = "CL-12",
      rules = {23},
      on = On.UNIX,
      steps = "the peer ends its receiving; own send; the peer sends 5; recv; SO_ERROR",
      expected = "EPIPE, none; READ; 5 bytes; 0")
  void cl12ShouldGoOnReceivingFromAPeerThatReceivesNoMore(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().shutdownReceive().then("");
    pair.held().send("6").fails(EPIPE).none();
    pair.peer().send("12345").then("READ");
    pair.held().recv(5).gives("12345").then("");
    pair.held().get("SO_ERROR").is(0);
  }
}
