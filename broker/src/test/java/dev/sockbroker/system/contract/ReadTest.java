package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios RD-*: when READ is reported, and reported again. */
class ReadTest {
  @Scenario(
      id = "RD-01",
      rules = {27, 35, 36},
      steps = "REG(NOWR); the peer sends 5; sends 5 more",
      expected = "READ; none")
  void rd01ShouldReportReadOnce(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR).then("");
    pair.peer().send("12345").then("READ");
    pair.peer().send("67890").none();
  }

  @Scenario(
      id = "RD-02",
      rules = {37, 38},
      steps = "recv 2 of 10; peek 1; recv the rest",
      expected = "READ; READ; none")
  void rd02ShouldReportReadAgainWhileDataIsLeft(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().send("1234567890").then("READ");
    pair.held().recv(2).gives("12").then("READ");
    pair.held().peek(1).gives("3").then("READ");
    pair.held().recv(10).gives("34567890").none();
  }

  @Scenario(
      id = "RD-03",
      rules = {28, 29, 36},
      steps = "REG again, and REG(0) REG, with data unread",
      expected = "READ each")
  void rd03ShouldReportToANewRegistrationWhatHoldsAlready(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    pair.held().reg(NOWR).then("READ");
    pair.held().cancelAny().then("");
    pair.held().reg(NOWR).then("READ");
  }

  @Scenario(
      id = "RD-04",
      rules = {29, 36},
      steps = "REG(0); the peer sends 5; recv 5; REG",
      expected = "none")
  void rd04ShouldNotReportWhatIsGone(Scene scene) {
    Pair pair = scene.pair();
    pair.held().cancelAny();
    pair.peer().send("12345");
    pair.held().recv(5).gives("12345");
    pair.held().reg(NOWR).none();
  }

  @Scenario(
      id = "RD-05",
      rules = {37, 39},
      steps = "a waiting receive of 1; the peer sends 1; sends 1",
      expected = "it completes, no READ; READ")
  void rd05ShouldServeAWaitingReceiveFirst(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR);
    Waiting receive = pair.held().waitRecv(1);
    pair.peer().send("1");
    receive.ends().gives("1").none();
    pair.peer().send("2").then("READ");
  }

  @Scenario(
      id = "RD-06",
      rules = {22, 37, 41},
      steps = "READ reported; another holder reads it all; the registrant receives",
      expected = "EAGAIN; the next byte: READ")
  void rd06ShouldLetTheRegistrantFindNothing(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().reg(NOWR);
    pair.peer().send("12345").then("READ");
    other.recv(5).gives("12345").then("");
    pair.held().recv(5).fails(EAGAIN).then("");
    pair.peer().send("6").then("READ");
  }

  @Scenario(
      id = "RD-07",
      rules = {36, 38},
      on = On.INTERNET,
      steps =
          "SO_RCVLOWAT 10; the peer sends 5; 7 more after recv 2; recv 1; the peer closes; recv"
              + " all",
      expected = "none; READ; none; READ; CLOSE(0)")
  void rd07ShouldHonourTheLowWaterMark(Scene scene) {
    Pair pair = scene.pair();
    pair.held().set("SO_RCVLOWAT", 10L).is(10);
    pair.held().reg(NOWR);
    pair.peer().send("12345").none();
    pair.held().recv(2).gives("12").then("");
    pair.peer().send("6789012").then("READ");
    pair.held().recv(1).gives("3").none();
    pair.peer().closes().then("READ");
    pair.held().recv(20).gives("456789012").then("CLOSE(0)");
  }

  @Scenario(
      id = "RD-08",
      rules = {37, 39},
      steps = "a waiting receive of 1, the peer sends 3; a waiting peek, the peer sends 2",
      expected = "it completes, then READ; the same")
  void rd08ShouldReportWhatAWaitingReceiveLeaves(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(READ);
    Waiting receive = pair.held().waitRecv(1);
    pair.peer().send("123");
    receive.ends().gives("1").then("READ");
    pair.held().recv(2).gives("23").then("");
    Waiting peek = pair.held().waitPeek(2);
    pair.peer().send("45");
    peek.ends().gives("45").then("READ");
  }
}
