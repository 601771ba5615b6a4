package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring lane: the client library against the real broker, on real sockets. */
@Timeout(60)
@WithBroker
final class RingTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int SMALL = 4096;

  private static BrokerProcess process;
  private Broker broker;
  private Loopback pair;
  private SharedSocket shared;
  private Socket plain;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
    pair = Loopback.connect(broker);
    shared = pair.shared();
    plain = pair.plain();
    plain.setSoTimeout((int) SOON.toMillis());
  }

  @AfterEach
  void close() throws IOException {
    plain.close();
    broker.close();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  private static String read(SocketRing ring, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining() && ring.read(into, SOON) >= 0) {}
    return text(into.flip());
  }

  @Test
  void shouldCarryEveryByteBothWaysThroughASmallRing() throws Exception {
    byte[] there = random(5_000_000);
    byte[] back = random(5_000_001);
    SocketRing ring = shared.ring(SMALL);
    FutureTask<byte[]> received = begin(() -> ring.inputStream().readAllBytes());
    FutureTask<byte[]> plainReceived = begin(() -> plain.getInputStream().readNBytes(back.length));
    FutureTask<Void> sent =
        begin(
            () -> {
              OutputStream out = plain.getOutputStream();
              out.write(there);
              plain.shutdownOutput();
              return null;
            });
    ring.outputStream().write(back);
    assertThat(plainReceived.get(30, SECONDS)).isEqualTo(back);
    sent.get(30, SECONDS);
    assertThat(received.get(30, SECONDS)).isEqualTo(there);
  }

  @Test
  void shouldShowBytesWithoutACopy() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    assertThat(ring.readable().hasRemaining()).isFalse();
    pair.sends("hello world");
    await().atMost(SOON).until(() -> ring.readable().remaining() == 11);
    assertThat(ring.readable().isDirect()).isTrue();
    ring.advance(6);
    assertThat(text(ring.readable())).isEqualTo("world");
    assertThatThrownBy(() -> ring.advance(6)).isInstanceOf(IllegalArgumentException.class);
    ring.advance(5);
    ByteBuffer room = ring.writable();
    assertThat(room.remaining()).isEqualTo(SMALL);
    room.put(bytes("answer"));
    ring.commit(6);
    assertThat(pair.reads(6)).isEqualTo("answer");
  }

  @Test
  void shouldWakeWhoSleeps() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    for (int i = 0; i < 20; i++) {
      FutureTask<String> reading = begin(() -> read(ring, 4));
      awaitParked(reading);
      pair.sends("ping");
      assertThat(reading.get(30, SECONDS)).isEqualTo("ping");
    }
  }

  /** Waits until the thread sleeps in the ring. */
  private static void awaitParked(FutureTask<?> task) {
    await()
        .atMost(SOON)
        .until(
            () ->
                task.isDone()
                    || Thread.getAllStackTraces().entrySet().stream()
                        .anyMatch(it -> isAsleep(it.getKey()) && isInRing(it.getValue())));
  }

  /** If the thread itself reads from the broker, it is in epoll_wait(2). */
  private static boolean isAsleep(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        || Arrays.stream(thread.getStackTrace())
            .anyMatch(at -> at.getClassName().endsWith("EPollSelectorImpl"));
  }

  private static boolean isInRing(StackTraceElement[] stack) {
    return Arrays.stream(stack).anyMatch(at -> at.getClassName().endsWith("RingWait"));
  }

  @Test
  void shouldWaitNoLongerThanItIsTold() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    ByteBuffer into = ByteBuffer.allocate(1);
    assertThatThrownBy(() -> ring.read(into, Duration.ofMillis(20)))
        .isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> ring.read(into, Duration.ZERO))
        .isInstanceOf(WouldBlockException.class);
    // nobody reads at the other end, so the kernel's buffers and the ring fill up
    ByteBuffer much = ByteBuffer.allocate(64 << 20);
    assertThatThrownBy(() -> ring.write(much, Duration.ofMillis(200)))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(much.position()).isPositive();
    assertThat(plain.getInputStream().readNBytes(much.position())).hasSize(much.position());
  }

  @Test
  void shouldSayHowTheConnectionEnded() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    pair.sends("last");
    plain.setOption(StandardSocketOptions.SO_LINGER, 0);
    assertThat(read(ring, 4)).isEqualTo("last");
    plain.close();
    assertThatThrownBy(() -> read(ring, 1))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.ECONNRESET));
    // the library knows it by then
    assertThatThrownBy(() -> ring.write(bytes("into the void"), SOON))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.ECONNRESET));
  }

  @Test
  void shouldShutDownBehindWhatWasWritten() throws Exception {
    SocketRing ring = shared.ring(1 << 20);
    byte[] much = random(900_000);
    ring.outputStream().write(much);
    FutureTask<Void> shutting =
        begin(
            () -> {
              shared.shutdown(Direction.SEND);
              return null;
            });
    assertThat(plain.getInputStream().readAllBytes()).isEqualTo(much);
    shutting.get(30, SECONDS);
  }

  @Test
  void shouldSetOptionsBehindWhatWasWritten() throws Exception {
    // before the others, because requests on this descriptor wait for each other
    SharedSocket other = sharedWith(broker);
    shared.setOption("SO_SNDBUF", 65_536);
    SocketRing ring = shared.ring(4 << 20);
    byte[] much = random(4 << 20);
    ring.outputStream().write(much);
    CompletableFuture<Object> set = shared.setOptionAsync("TCP_NODELAY", true);
    CompletableFuture<Object> got = shared.getOptionAsync("TCP_NODELAY");
    assertThat(other.getOption("TCP_NODELAY")).as("while bytes wait").isEqualTo(false);
    assertThat(set).isNotDone();
    assertThat(plain.getInputStream().readNBytes(much.length)).isEqualTo(much);
    assertThat(set.get(30, SECONDS)).isEqualTo(true);
    assertThat(got.get(30, SECONDS)).isEqualTo(true);
  }

  @Test
  void shouldLeaveTheRestToTheNextReceiver() throws Exception {
    SharedSocket other = sharedWith(broker);
    SocketRing ring = shared.ring(SMALL);
    pair.sends("one two");
    assertThat(read(ring, 4)).isEqualTo("one ");
    ring.write(bytes("sent"));
    assertThatThrownBy(() -> other.receive(ByteBuffer.allocate(1), SOON))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EBUSY));
    assertThatThrownBy(() -> other.ring(SMALL))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EBUSY));
    ring.close();
    assertThatThrownBy(ring::readable).isInstanceOf(ClosedChannelException.class);
    ByteBuffer rest = ByteBuffer.allocate(3);
    other.receive(rest, SOON);
    assertThat(text(rest.flip())).isEqualTo("two");
    assertThat(pair.reads(4)).isEqualTo("sent");
    SocketRing next = other.ring(SMALL);
    pair.sends("three");
    assertThat(read(next, 5)).isEqualTo("three");
  }

  @Test
  void shouldSendWhatWasWrittenAlsoWhenTheSessionEnds() throws Exception {
    SocketRing ring = shared.ring(1 << 20);
    byte[] much = random(1 << 20);
    ring.outputStream().write(much);
    broker.close();
    assertThat(plain.getInputStream().readAllBytes()).isEqualTo(much);
  }

  @Test
  void shouldReportAgainWhatIsLeftAfterTaking() throws Exception {
    BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
    SocketRing ring = shared.ring(SMALL);
    shared.asyncSelect(
        EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE),
        (NetworkEventMessage it) -> events.add(it.event()));
    pair.sends("12345");
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.READ);
    assertThat(read(ring, 2)).isEqualTo("12");
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.READ);
    assertThat(read(ring, 3)).isEqualTo("345");
    plain.shutdownOutput();
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.CLOSE);
    assertThat(events).isEmpty();
  }

  @Test
  void shouldKeepTheUrgentByteUntilItIsRead() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    pair.sends("ab");
    plain.sendUrgentData('!');
    pair.sends("cd");
    assertThat(read(ring, 2)).isEqualTo("ab");
    ByteBuffer urgent = ByteBuffer.allocate(1);
    await().atMost(SOON).ignoreExceptions().until(() -> shared.receiveUrgent(urgent.clear()) == 1);
    assertThat(text(urgent.flip())).isEqualTo("!");
    assertThat(read(ring, 2)).isEqualTo("cd");
  }

  @Test
  void shouldGiveEachDirectionToWhoHasTheRight() throws Exception {
    SharedSocket sender =
        broker.redeem(shared.duplicate(Target.session(broker.session()), Rights.of(Right.SEND)));
    SharedSocket receiver =
        broker.redeem(shared.duplicate(Target.session(broker.session()), Rights.of(Right.RECV)));
    SocketRing out = sender.ring(SMALL);
    SocketRing in = receiver.ring(SMALL);
    pair.sends("in");
    assertThat(read(in, 2)).isEqualTo("in");
    out.write(bytes("out"));
    assertThat(pair.reads(3)).isEqualTo("out");
    assertThatThrownBy(in::writable).isInstanceOf(IOException.class).hasMessageContaining("SEND");
    assertThatThrownBy(out::readable).isInstanceOf(IOException.class).hasMessageContaining("RECV");
  }

  @Test
  void shouldRefuseWhatCannotBe() throws Exception {
    assertThatThrownBy(() -> shared.ring(5000))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EINVAL));
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    assertThatThrownBy(() -> listener.ring(SMALL))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.ENOTCONN));
    assertThatThrownBy(() -> shared.ring(64 << 20))
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.ENOBUFS));
  }

  @Test
  void shouldFailWhoWaitsWhenTheSessionEnds() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    FutureTask<String> reading = begin(() -> read(ring, 1));
    awaitParked(reading);
    broker.close();
    assertThatThrownBy(() -> reading.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> ring.read(ByteBuffer.allocate(1)))
        .isExactlyInstanceOf(ClosedChannelException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldFailWhoWaitsWhenAnotherThreadCloses(boolean onlyTheRing) throws Exception {
    SocketRing ring = shared.ring(SMALL);
    FutureTask<String> reading = begin(() -> read(ring, 1));
    awaitParked(reading);
    if (onlyTheRing) {
      ring.close();
    } else {
      shared.close();
    }
    assertThatThrownBy(() -> reading.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
  }

  @Test
  void shouldFailWhoWaitsWhenTheDescriptorIsRevoked() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    FutureTask<String> reading = begin(() -> read(ring, 1));
    awaitParked(reading);
    assertThat(Command.to(process.socket()).run("revoke", "d" + shared.id()).exitCode()).isZero();
    assertThatThrownBy(() -> reading.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
  }

  /** The waiting thread also runs the callback, which takes the bytes that woke it. */
  @Test
  void shouldWaitOnWhenACallbackHasTakenTheBytes() throws Exception {
    try (Broker inPlace =
            Broker.builder().socket(process.socket()).executor(Runnable::run).connect();
        SharedSocket socket = sharedWith(inPlace)) {
      SocketRing ring = socket.ring(SMALL);
      SharedSocket udp = inPlace.open(SocketSpec.parse("udp:127.0.0.1:0"));
      for (int i = 0; i < 20; i++) {
        FutureTask<String> reading = begin(() -> read(ring, 4));
        awaitParked(reading);
        CompletableFuture<Object> taken =
            udp.receiveAsync(ByteBuffer.allocate(1)).handle((count, failure) -> takeSome(ring));
        pair.sends("a");
        udp.sendTo(ByteBuffer.allocate(1), udp.localAddress());
        Object first = taken.get(30, SECONDS);
        pair.sends("bcdef".substring(0, first.equals("a") ? 4 : 3));
        assertThat(reading.get(30, SECONDS)).isEqualTo(first.equals("a") ? "bcde" : "abcd");
      }
    }
  }

  private SharedSocket sharedWith(Broker other) throws IOException {
    return other.redeem(shared.duplicate(Target.session(other.session()), Rights.all()));
  }

  private static Object takeSome(SocketRing ring) {
    try {
      ByteBuffer one = ByteBuffer.allocate(1);
      ring.read(one, Duration.ZERO);
      return text(one.flip());
    } catch (IOException | IllegalStateException e) {
      // nothing has arrived yet, or another thread uses the ring
      return e;
    }
  }

  @Test
  void shouldFailWhoWaitsWhenTheBrokerIsKilled() throws Exception {
    try (BrokerProcess other = BrokerProcess.start("--keep=none");
        Broker doomed = Broker.connect(other.socket());
        ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket socket = doomed.open(SocketSpec.tcp("127.0.0.1", peer.getLocalPort()))) {
      SocketRing ring = socket.ring(SMALL);
      FutureTask<String> reading = begin(() -> read(ring, 1));
      awaitParked(reading);
      other.process().destroyForcibly();
      assertThatThrownBy(() -> reading.get(30, SECONDS))
          .cause()
          .isExactlyInstanceOf(BrokerGoneException.class);
    }
  }

  /**
   * Both wait at the same time while other calls continue: the reading thread notifies the others.
   */
  @Test
  void shouldWaitForBytesAndForRoomAtTheSameTime() throws Exception {
    SocketRing ring = shared.ring(SMALL);
    byte[] much = random(8 << 20);
    FutureTask<String> reading = begin(() -> read(ring, 4));
    awaitParked(reading);
    FutureTask<Void> writing =
        begin(
            () -> {
              ring.outputStream().write(much);
              return null;
            });
    for (int i = 0; i < 100; i++) {
      broker.ping();
    }
    assertThat(plain.getInputStream().readNBytes(much.length)).isEqualTo(much);
    writing.get(30, SECONDS);
    pair.sends("ping");
    assertThat(reading.get(30, SECONDS)).isEqualTo("ping");
  }

  @Test
  void shouldNotWaitOnTheThreadThatReads() throws Exception {
    try (Broker inPlace =
            Broker.builder().socket(process.socket()).executor(Runnable::run).connect();
        SharedSocket socket = sharedWith(inPlace)) {
      SocketRing ring = socket.ring(SMALL);
      SharedSocket udp = inPlace.open(SocketSpec.parse("udp:127.0.0.1:0"));
      CompletableFuture<Object> got =
          udp.receiveAsync(ByteBuffer.allocate(1)).handle((count, failure) -> outcome(ring));
      udp.sendTo(ByteBuffer.allocate(1), udp.localAddress());
      assertThat(got.get(30, SECONDS)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static Object outcome(SocketRing ring) {
    try {
      return ring.read(ByteBuffer.allocate(1));
    } catch (IOException | IllegalStateException e) {
      return e;
    }
  }

  /** Opens and ends 100 rings, one after the other and in both ways. Nothing remains. */
  @Test
  void shouldLeaveNothingBehind() throws Exception {
    shared.ring(SMALL).close();
    int before = process.fdCount();
    for (int i = 0; i < 100; i++) {
      SocketRing ring = shared.ring(SMALL);
      pair.sends("x");
      try (InputStream in = ring.inputStream()) {
        assertThat(in.read()).isEqualTo('x');
      }
      ring.close();
    }
    await().atMost(SOON).until(() -> process.fdCount() == before);
  }

  /** Bytes that a reader takes while another thread closes the ring go to nobody else (rule 26). */
  @Test
  void shouldGiveEachByteOnceWhenAnotherThreadClosesTheRing() throws Exception {
    byte[] sent = random(4 << 20);
    for (int round = 0; round < 60; round++) {
      SocketRing ring = shared.ring(1 << 20);
      FutureTask<Void> sending =
          begin(
              () -> {
                plain.getOutputStream().write(sent);
                return null;
              });
      ByteBuffer got = ByteBuffer.allocate(2 * sent.length);
      AtomicInteger taken = new AtomicInteger();
      FutureTask<Void> reading =
          begin(
              () -> {
                try {
                  while (true) {
                    taken.addAndGet(ring.read(got));
                  }
                } catch (ClosedChannelException e) {
                  return null;
                }
              });
      int some = (round + 1) * (sent.length / 100);
      // in steps that are as short as the copies that the close must interrupt
      await().pollInterval(Duration.ofNanos(10_000)).until(() -> taken.get() >= some);
      ring.close();
      reading.get(30, SECONDS);
      while (got.position() < sent.length) {
        shared.receive(got, SOON);
      }
      sending.get(30, SECONDS);
      assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(sent));
    }
  }
}
