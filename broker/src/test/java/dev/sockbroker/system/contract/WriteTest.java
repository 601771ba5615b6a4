package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.SEND;
import static dev.sockbroker.system.contract.Scene.ALL;

import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios WR-*: when a send can take bytes. */
class WriteTest {
  @Scenario(
      id = "WR-01",
      rules = {36},
      steps = "pair, REG(ALL); REG again",
      expected = "WRITE; WRITE")
  void wr01ShouldReportWriteToEachRegistration(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(ALL).then("WRITE");
    pair.held().reg(ALL).then("WRITE");
  }

  @Scenario(
      id = "WR-02",
      rules = {37},
      steps = "server sends 5; the peer reads them",
      expected = "none")
  void wr02ShouldNotReportWriteAfterAFullSend(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(ALL).then("WRITE");
    pair.held().send("12345").then("");
    pair.peer().drains(5).none();
  }

  @Scenario(
      id = "WR-03",
      rules = {37},
      steps = "server sends until EAGAIN; the peer drains",
      expected = "WRITE once")
  void wr03ShouldReportWriteWhenThereIsRoomAgain(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(ALL).then("WRITE");
    long taken = pair.held().fill();
    pair.peer().drains(taken).then("WRITE");
  }

  @Scenario(
      id = "WR-04",
      rules = {36},
      steps = "own shutdown(SEND); REG(ALL)",
      expected = "none")
  void wr04ShouldNotReportWriteAfterTheOwnEnd(Scene scene) {
    Pair pair = scene.pair();
    pair.held().shutdown(SEND);
    pair.held().reg(ALL).none();
  }
}
