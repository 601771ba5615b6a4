package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client's connection over a pair of real sockets. */
class ClientConnectionTest {
  /** More than the kernel takes for a client that does not read. */
  private static final int MUCH = 1 << 20;

  private final ConnectionRig rig = new ConnectionRig();
  private final ClientConnection connection = rig.connection;

  @AfterEach
  void close() {
    rig.close();
  }

  private void write(int count, String delivery) {
    rig.run(
        () -> {
          connection.write(rig.zeros(count), rig.delivery(delivery));
          connection.flushIfMuch();
        });
  }

  private void flush() {
    rig.run(connection::flush);
  }

  // ---- writing

  @Test
  void shouldSendNothingBeforeItIsFlushed() {
    write(10, "a");
    assertThat(rig.receive(100)).isEqualTo(-Errno.EAGAIN);
    flush();
    assertThat(rig.receive(100)).isEqualTo(10);
    assertThat(rig.seen()).containsExactly("a true");
  }

  /** Which also keeps the order of segments of all sizes. */
  @Test
  void shouldTellEachDeliveryInOrderWhenItsLastByteIsSent() {
    write(10, "a");
    write(2000, "b");
    write(10, "c");
    write(MUCH, "d");
    write(10, "e");
    assertThat(rig.seen()).containsExactly("a true", "b true", "c true");
    assertThat(rig.receiveAll()).isEqualTo(2030 + MUCH);
    assertThat(rig.seen()).endsWith("d true", "e true", "writable");
  }

  /** A delivery can trigger a commit, which clears the log of the send. */
  @Test
  void shouldNoteThatBytesWereSentBeforeAnybodyIsTold() {
    rig.run(() -> connection.onSent(() -> rig.seen.add("noted")));
    write(10, "a");
    flush();
    assertThat(rig.seen()).containsExactly("noted", "a true");
  }

  @Test
  void shouldNotBeWritableUntilTheClientHasRead() {
    write(MUCH, "a");
    assertThat(rig.call(connection::isWritable)).isFalse();
    assertThat(rig.call(connection::pendingBytes)).isPositive();
    rig.receiveAll();
    assertThat(rig.call(connection::isWritable)).isTrue();
    assertThat(rig.call(connection::pendingBytes)).isZero();
    assertThat(rig.call(connection::pendingMemory)).isZero();
    assertThat(rig.seen()).containsExactly("a true", "writable");
  }

  @Test
  void shouldFailDeliveriesOfAConnectionThatEndsFirst() {
    write(MUCH, "a");
    rig.run(connection::close);
    assertThat(rig.seen()).containsExactly("a false", "closed");
  }

  @Test
  void shouldFailADeliveryOfTheCurrentWriteLater() {
    rig.run(rig.peer::close);
    rig.run(
        () -> {
          connection.write(rig.zeros(MUCH), rig.delivery("a"));
          connection.write(rig.zeros(10), rig.delivery("b"));
          rig.seen.add("written");
          connection.flush();
        });
    assertThat(rig.seen()).startsWith("written").contains("a false", "b false", "closed");
  }

  @Test
  void shouldLoseTheClientThatClosesWithoutReading() {
    write(MUCH, "a");
    rig.run(rig.peer::close);
    assertThat(rig.seen()).containsExactly("a false", "closed");
  }

  @Test
  void shouldShutDownItsOutputAfterWhatWasWritten() {
    write(MUCH, "a");
    rig.run(() -> connection.afterOutput(connection::shutdownOutput));
    assertThat(rig.receiveAll()).isEqualTo(MUCH);
    assertThat(rig.receive(1)).isZero();
    write(10, "b");
    assertThat(rig.seen()).endsWith("b false");
  }

  @Test
  void shouldSendNothingWhileItIsOnHold() {
    rig.run(connection::hold);
    write(MUCH, "a");
    flush();
    assertThat(rig.receive(1)).isEqualTo(-Errno.EAGAIN);
    rig.run(connection::resume);
    assertThat(rig.receiveAll()).isEqualTo(MUCH);
  }

  // ---- reading

  private void read() {
    rig.run(() -> connection.reading(true));
  }

  @Test
  void shouldKeepInputInTheKernelUntilItReads() {
    rig.send("early");
    read();
    assertThat(rig.seen()).containsExactly("early");
    rig.run(() -> connection.reading(false));
    rig.send("later");
    assertThat(rig.seen()).containsExactly("early");
    read();
    assertThat(rig.seen()).containsExactly("early", "later");
  }

  @Test
  void shouldPassOnWhatCameBeforeTheEnd() {
    read();
    rig.run(
        () -> {
          rig.sendNow("last");
          rig.peer.close();
        });
    assertThat(rig.seen()).containsExactly("last", "closed");
  }

  /** A reply to the first bytes would find that the client has gone, and end the connection. */
  @Test
  void shouldReadAllThatCameBeforeTheEndAtOnce() {
    String all = "x".repeat(3 * ReadShares.SMALL_BYTES);
    rig.run(
        () -> {
          rig.sendNow(all);
          rig.peer.close();
        });
    rig.run(() -> rig.replies = true);
    read();
    assertThat(String.join("", rig.seen())).isEqualTo(all + "reply falseclosed");
  }

  @Test
  void shouldKeepTheEndUntilItReads() {
    read();
    rig.run(() -> connection.reading(false));
    rig.send("last");
    rig.run(rig.peer::close);
    assertThat(rig.seen()).isEmpty();
    read();
    assertThat(rig.seen()).containsExactly("last", "closed");
  }

  @Test
  void shouldEndWhenTheClientSendsNoMore() {
    read();
    rig.send("last");
    rig.run(() -> rig.peer.shutdown(Direction.SEND));
    assertThat(rig.seen()).containsExactly("last", "closed");
  }

  @Test
  void shouldEndWithAListenerThatFails() {
    read();
    rig.send("fail");
    assertThat(rig.seen()).containsExactly("fail", "closed");
  }

  @Test
  void shouldNotResetTheConnectionOfAClientWhoseInputItDrains() {
    rig.send("unwanted");
    write(10, "a");
    flush();
    rig.run(
        () -> {
          connection.drain(100);
          connection.close();
        });
    assertThat(rig.receive(100)).isEqualTo(10);
    assertThat(rig.receive(100)).isZero();
  }

  // ---- giving it away

  @Test
  void shouldGiveItsSocketAwayWithAllThatIsInIt() {
    read();
    rig.send("first");
    assertThat(rig.seen()).containsExactly("first");
    rig.run(() -> connection.reading(false));
    rig.send("second");
    rig.settle();
    rig.run(() -> connection.write(rig.bytes("done"), null));
    KernelSocket taken = rig.call(connection::giveAway);
    rig.run(
        () -> {
          taken.onReady(mask -> rig.seen.add("ready " + (mask & KernelSocket.IN)));
          taken.arm(KernelSocket.IN | KernelSocket.RDHUP);
        });
    assertThat(rig.seen()).containsExactly("first", "ready 1");
    assertThat(rig.receive(100)).isEqualTo(4);
    rig.run(taken::close);
  }
}
