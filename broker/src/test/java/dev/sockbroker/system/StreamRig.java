package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * A connection that the broker owns, with a plain socket at the other end, for tests of streams.
 */
record StreamRig(Broker broker, Loopback pair) implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** What the kernel's buffers and the connection of a stream cannot hold together. */
  static final int TOO_MUCH = 64 << 20;

  static StreamRig open(BrokerProcess process) throws IOException {
    Broker broker = Broker.connect(process.socket());
    Loopback pair = Loopback.connect(broker);
    pair.plain().setSoTimeout((int) SOON.toMillis());
    return new StreamRig(broker, pair);
  }

  SharedSocket shared() {
    return pair.shared();
  }

  Socket plain() {
    return pair.plain();
  }

  @Override
  public void close() throws IOException {
    pair.plain().close();
    broker.close();
  }

  void sends(String text) throws IOException {
    pair.sends(text);
  }

  String reads(int count) throws IOException {
    return pair.reads(count);
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  static String read(SocketStream stream, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining() && stream.read(into, SOON) >= 0) {}
    return text(into.flip());
  }

  static String receive(SharedSocket socket, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining() && socket.receive(into, SOON) >= 0) {}
    return text(into.flip());
  }

  SharedSocket sharedWith(Broker other) throws IOException {
    return other.redeem(pair.shared().duplicate(Target.session(other.session()), Rights.all()));
  }

  SharedSocket with(Right right) throws IOException {
    return broker.redeem(
        pair.shared().duplicate(Target.session(broker.session()), Rights.of(right)));
  }

  static void assertRefused(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).as("%s", it).isEqualTo(errno));
  }

  /** Writes what can be written while the peer does not read. */
  static int fill(SocketStream stream) {
    ByteBuffer much = ByteBuffer.wrap(PatternBytes.from(0, TOO_MUCH));
    int written;
    do {
      written = much.position();
      assertThatThrownBy(() -> stream.write(much, Duration.ofMillis(250)))
          .isInstanceOf(SocketTimeoutException.class);
    } while (much.position() > written);
    assertThat(written).isPositive();
    return written;
  }

  void assertReadsPattern(int count) throws IOException {
    assertThat(PatternBytes.read(pair.plain().getInputStream(), 0, count)).isEqualTo(count);
  }

  /** Waits until the thread sleeps in the stream. */
  static void awaitAsleep(FutureTask<?> task) {
    await()
        .atMost(SOON)
        .until(
            () ->
                task.isDone()
                    || Thread.getAllStackTraces().values().stream()
                        .anyMatch(StreamRig::isAsleepInStream));
  }

  private static boolean isAsleepInStream(StackTraceElement[] stack) {
    return Arrays.stream(stack).anyMatch(at -> at.getClassName().endsWith("EPollSelectorImpl"))
        && Arrays.stream(stack).anyMatch(at -> at.getClassName().endsWith("ChannelWait"));
  }

  static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(30, SECONDS);
  }
}
