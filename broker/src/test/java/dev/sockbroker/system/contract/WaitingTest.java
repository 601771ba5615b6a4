package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.RECEIVE;
import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EOPNOTSUPP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.contract.Scene.Pair;
import java.time.Duration;
import java.util.Arrays;

/** Scenarios NB-*: what waits, how long, and in which order. */
class WaitingTest {
  private static final int MEBIBYTE = 1 << 20;

  @Scenario(
      id = "NB-01",
      rules = {24, 32},
      steps = "blocking socket; REG(0); recv on nothing",
      expected = "EAGAIN")
  void nb01ShouldBecomeNonBlockingByAnyRegistration(Scene scene) {
    Pair pair = scene.pair();
    pair.held().regNothing();
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
}
