package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.system.contract.Scene.HeldPair;

/**
 * Scenarios OOB-*: the urgent byte. The peer belongs to the broker too, because the JDK cannot send
 * urgent data on Unix sockets.
 */
class UrgentTest {
  @Scenario(
      id = "OOB-01",
      rules = {36, 37},
      steps = "REG(NOWR); the peer sends 1 urgent byte; recv with OOB",
      expected = "OOB, no READ; the byte")
  void oob01ShouldReportAnUrgentByte(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR).then("");
    pair.peer().sendOob("!").then("OOB");
    pair.held().recvOob().gives("!").none();
  }

  @Scenario(
      id = "OOB-02",
      rules = {36},
      steps = "SO_OOBINLINE on; an urgent byte; plain recv; recv with OOB",
      expected = "READ; the byte; EINVAL")
  void oob02ShouldTakeAnInlineByteForData(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().set("SO_OOBINLINE", true).is(true);
    pair.held().reg(NOWR).then("");
    pair.peer().sendOob("!").then("READ");
    pair.held().recv(5).gives("!").then("");
    pair.held().recvOob().fails(EINVAL);
  }

  @Scenario(
      id = "OOB-03",
      rules = {36, 37, 38},
      steps = "the peer sends 5, an urgent byte, 2; recv 9; recv 9; recv with OOB",
      expected = "READ; OOB; none; 5 bytes; READ, OOB; 2 bytes; none; EINVAL")
  void oob03ShouldStopBeforeTheUrgentByteAndThenPassIt(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR).then("");
    pair.peer().send("12345").then("READ");
    pair.peer().sendOob("!").then("OOB");
    pair.peer().send("67").none();
    pair.held().recv(9).gives("12345").then("READ, OOB");
    pair.held().recv(9).gives("67").none();
    pair.held().recvOob().fails(EINVAL);
  }

  @Scenario(
      id = "OOB-04",
      rules = {36, 38},
      steps = "OOB reported; SO_OOBINLINE on",
      expected = "READ")
  void oob04ShouldLookAgainAfterAnOption(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR);
    pair.peer().sendOob("!").then("OOB");
    pair.held().set("SO_OOBINLINE", true).then("READ");
  }

  @Scenario(
      id = "OOB-05",
      rules = {36, 37},
      steps = "the peer sends 1, an urgent byte, 1, an urgent byte; recv with OOB; recv 9",
      expected = "READ; OOB; none; none; the second, READ; the first and all else as data; none")
  void oob05ShouldHaveOneUrgentByteOnly(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR);
    pair.peer().send("a").then("READ");
    pair.peer().sendOob("1").then("OOB");
    pair.peer().send("b").then("");
    pair.peer().sendOob("2").none();
    pair.held().recvOob().gives("2").then("READ");
    pair.held().recv(9).gives("a1b").none();
  }

  @Scenario(
      id = "OOB-06",
      rules = {36},
      steps = "REG(NOWR); the peer sends an urgent byte and closes; recv with OOB; recv",
      expected = "OOB; CLOSE(0); the byte; 0 bytes, none")
  void oob06ShouldKeepTheUrgentByteOfAPeerThatClosed(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR);
    pair.peer().sendOob("!").then("OOB");
    pair.peer().close();
    scene.done().then("CLOSE(0)");
    pair.held().recvOob().gives("!").then("");
    pair.held().recv(9).gives("").none();
  }

  @Scenario(
      id = "OOB-07",
      rules = {37},
      steps = "REG(NOWR); the peer sends an urgent byte; recv; the peer sends an urgent byte",
      expected = "OOB; EAGAIN, and the byte is gone; OOB")
  void oob07ShouldEnableAgainByAReceiveInVain(Scene scene) {
    HeldPair pair = scene.heldPair();
    pair.held().reg(NOWR);
    pair.peer().sendOob("1").then("OOB");
    pair.held().recv(9).fails(EAGAIN).then("");
    pair.peer().sendOob("2").then("OOB");
    pair.held().recvOob().gives("2");
  }
}
