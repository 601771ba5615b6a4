package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios RD-*: when READ is reported, and when it is again. */
class ReadTest {
  @Scenario(
      id = "RD-01",
      rules = {35, 36, 37},
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
    pair.held().recv(8).gives("34567890").none();
  }
}
