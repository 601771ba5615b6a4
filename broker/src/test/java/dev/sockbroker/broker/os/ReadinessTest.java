package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.os.KernelLoop.Pair;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The wake-ups of a socket: edges, and conditions that hold when its interest changes. */
class ReadinessTest {
  private final KernelLoop loop = new KernelLoop();

  /** Not a wake-up. */
  private static final int REPLACED = -1;

  /** The wake-ups of the listener in order. Loop thread only. */
  private final List<Integer> heard = new ArrayList<>();

  @AfterEach
  void close() {
    loop.close();
  }

  private void listen(KernelSocket socket) {
    loop.run(() -> socket.onReady(heard::add));
  }

  private void arm(KernelSocket socket, int mask) {
    loop.run(() -> socket.arm(mask));
  }

  private void awaitHeard(int count) {
    loop.eventuallyTrue(() -> heard.size() >= count);
  }

  /**
   * Waits until the kernel has reported everything about this socket: another socket became ready
   * later, and its report has arrived.
   */
  private void settle() {
    Pair other = loop.pair(Family.UNIX);
    List<Integer> otherHeard = new ArrayList<>();
    loop.run(
        () -> {
          other.server().onReady(otherHeard::add);
          other.server().arm(KernelSocket.IN);
        });
    loop.send(other.client(), "x");
    loop.eventuallyTrue(() -> !otherHeard.isEmpty());
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldTellOfEachWakeUpOnceThoughTheDataStays(Family family) {
    Pair pair = loop.pair(family);
    listen(pair.server());
    arm(pair.server(), KernelSocket.IN);
    settle();
    assertThat(loop.call(() -> List.copyOf(heard))).isEmpty();
    loop.send(pair.client(), "a");
    awaitHeard(1);
    settle();
    assertThat(loop.call(() -> List.copyOf(heard))).containsExactly(KernelSocket.IN);
    loop.send(pair.client(), "b");
    awaitHeard(2);
  }

  @Test
  void shouldTellAtOnceWhatHoldsWhenArmedForMore() {
    Pair pair = loop.pair(Family.INET);
    listen(pair.server());
    loop.send(pair.client(), "a");
    loop.awaitReadable(pair.server());
    arm(pair.server(), KernelSocket.IN);
    awaitHeard(1);
    arm(pair.server(), KernelSocket.IN | KernelSocket.OUT);
    awaitHeard(2);
    assertThat(loop.call(() -> heard.get(1))).isEqualTo(KernelSocket.IN | KernelSocket.OUT);
  }

  @Test
  void shouldNotBeWokenAgainByArmingForTheSame() {
    Pair pair = loop.pair(Family.INET);
    loop.run(
        () -> {
          pair.server()
              .onReady(
                  ready -> {
                    heard.add(ready);
                    pair.server().arm(KernelSocket.OUT);
                  });
          pair.server().arm(KernelSocket.OUT);
        });
    awaitHeard(1);
    settle();
    assertThat(loop.call(heard::size)).isEqualTo(1);
  }

  @Test
  void shouldHearNothingWhenArmedForNothing() {
    Pair pair = loop.pair(Family.INET);
    listen(pair.server());
    arm(pair.server(), KernelSocket.IN);
    arm(pair.server(), 0);
    loop.send(pair.client(), "a");
    loop.awaitReadable(pair.server());
    settle();
    assertThat(loop.call(() -> List.copyOf(heard))).isEmpty();
    arm(pair.server(), KernelSocket.IN);
    awaitHeard(1);
  }

  @Test
  void shouldNotEnterTheEpollBeforeItIsArmed() {
    KernelSocket fresh = loop.open(Family.INET, SocketType.STREAM);
    listen(fresh);
    arm(fresh, 0);
    settle();
    assertThat(loop.call(() -> List.copyOf(heard))).isEmpty();
    arm(fresh, KernelSocket.IN);
    awaitHeard(1);
    assertThat(loop.call(heard::getFirst) & KernelSocket.HUP).isNotZero();
  }

  @Test
  void shouldTellLaterWhatNobodyHeard() {
    Pair pair = loop.pair(Family.INET);
    arm(pair.server(), KernelSocket.OUT);
    settle();
    listen(pair.server());
    arm(pair.server(), KernelSocket.OUT);
    awaitHeard(1);
  }

  @Test
  void shouldTellOfUrgentDataAndOfTheEnd() {
    Pair pair = loop.pair(Family.INET);
    listen(pair.server());
    arm(pair.server(), KernelSocket.PRI | KernelSocket.RDHUP);
    loop.call(() -> pair.client().send(KernelLoop.bytes("!"), null, true));
    awaitHeard(1);
    assertThat(loop.call(heard::getFirst)).isEqualTo(KernelSocket.PRI);
    loop.run(pair.client()::close);
    loop.eventuallyTrue(() -> (heard.getLast() & KernelSocket.RDHUP) != 0);
  }

  /** An exception that reached the loop would lose the rest of its batch. */
  @Test
  void shouldKeepTheOthersWakeUpsWhenAListenerFails() {
    Pair first = loop.pair(Family.UNIX);
    Pair second = loop.pair(Family.UNIX);
    loop.run(
        () -> {
          failOnReady(first.server());
          failOnReady(second.server());
          sendInOneBatch(first, second);
        });
    awaitHeard(2);
  }

  private void failOnReady(KernelSocket socket) {
    socket.onReady(
        ready -> {
          heard.add(ready);
          throw new IllegalStateException("as a bug would");
        });
    socket.arm(KernelSocket.IN);
  }

  /** Runs on the loop, so that its next turn reports both. */
  private static void sendInOneBatch(Pair first, Pair second) {
    first.client().send(KernelLoop.bytes("a"), null, false);
    second.client().send(KernelLoop.bytes("b"), null, false);
  }

  @Test
  void shouldHearNothingOnceClosedByAListenerOfTheSameBatch() {
    Pair first = loop.pair(Family.UNIX);
    Pair second = loop.pair(Family.UNIX);
    loop.run(
        () -> {
          first.server().onReady(ready -> closeAndNote(second.server()));
          second.server().onReady(ready -> closeAndNote(first.server()));
          first.server().arm(KernelSocket.IN);
          second.server().arm(KernelSocket.IN);
          sendInOneBatch(first, second);
        });
    awaitHeard(1);
    settle();
    assertThat(loop.call(heard::size)).isEqualTo(1);
  }

  private void closeAndNote(KernelSocket other) {
    heard.add(0);
    other.close();
  }

  /** A new descriptor gets the number of a closed one, whose event waits in the same batch. */
  @Test
  void shouldNotHearOfTheEndOfAFormerDescriptorWithItsNumber() {
    Pair first = loop.pair(Family.UNIX);
    Pair second = loop.pair(Family.UNIX);
    Pair quiet = loop.pair(Family.UNIX);
    loop.run(
        () -> {
          first.server().onReady(ready -> replace(second.server(), quiet.server()));
          second.server().onReady(ready -> replace(first.server(), quiet.server()));
          first.server().arm(KernelSocket.RDHUP);
          second.server().arm(KernelSocket.RDHUP);
          first.client().close();
          second.client().close();
        });
    settle();
    settle();
    assertThat(loop.call(() -> List.copyOf(heard))).isEqualTo(List.of(REPLACED));

    loop.run(() -> quiet.client().close());
    awaitHeard(2);
  }

  /** Closes a socket and listens to a duplicate of another one, under the same number. */
  private void replace(KernelSocket former, KernelSocket other) {
    int number = former.save().fd().number();
    former.close();
    KernelSocket duplicate = duplicate(other);
    while (duplicate.save().fd().number() != number) {
      duplicate = duplicate(other);
    }
    heard.add(REPLACED);
    duplicate.onReady(heard::add);
    duplicate.arm(KernelSocket.RDHUP);
  }

  private KernelSocket duplicate(KernelSocket of) {
    return loop.kernel.takeConnection(loop.kernel.duplicate(of.save().fd().number()));
  }

  @Test
  void shouldReturnEveryDescriptor() {
    int before = loop.call(KernelLoop::openDescriptors);
    for (Family family : Family.values()) {
      for (int i = 0; i < 20; i++) {
        Pair pair = loop.pair(family);
        arm(pair.server(), KernelSocket.IN);
        loop.run(
            () -> {
              pair.server().close();
              pair.client().close();
              pair.listener().close();
            });
      }
    }
    assertThat(loop.call(KernelLoop::openDescriptors)).isEqualTo(before);
  }
}
