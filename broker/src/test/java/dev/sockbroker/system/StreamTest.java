package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static dev.sockbroker.system.StreamRig.assertRefused;
import static dev.sockbroker.system.StreamRig.awaitAsleep;
import static dev.sockbroker.system.StreamRig.bytes;
import static dev.sockbroker.system.StreamRig.fill;
import static dev.sockbroker.system.StreamRig.get;
import static dev.sockbroker.system.StreamRig.read;
import static dev.sockbroker.system.StreamRig.receive;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream lane: the client library against the real broker, on real sockets. */
@Timeout(60)
@WithBroker
final class StreamTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MUCH = 20_000_000;

  private static BrokerProcess process;
  private StreamRig rig;
  private Broker broker;
  private SharedSocket shared;
  private Socket plain;

  @BeforeEach
  void connect() throws IOException {
    rig = StreamRig.open(process);
    broker = rig.broker();
    shared = rig.shared();
    plain = rig.plain();
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  // ---- bytes

  @Test
  void shouldCarryEveryByteBothWays() throws Exception {
    SocketStream stream = shared.stream();
    FutureTask<Long> received = begin(() -> PatternBytes.readToEnd(stream.inputStream(), 0));
    FutureTask<Long> plainReceived = begin(() -> PatternBytes.readToEnd(plain.getInputStream(), 0));
    FutureTask<Void> sent =
        begin(
            () -> {
              PatternBytes.write(plain.getOutputStream(), MUCH);
              plain.shutdownOutput();
              return null;
            });
    PatternBytes.write(stream.outputStream(), MUCH + 1);
    shared.shutdown(Direction.SEND);
    get(sent);
    assertThat(get(plainReceived)).isEqualTo(MUCH + 1);
    assertThat(get(received)).isEqualTo(MUCH);
  }

  @Test
  void shouldCarryEveryByteBothWaysOnAUnixSocket(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("peer");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (SharedSocket unix = broker.open(SocketSpec.unix(path.toString()));
          SocketChannel peer = server.accept()) {
        SocketStream stream = unix.stream();
        FutureTask<Long> received = begin(() -> PatternBytes.readToEnd(stream.inputStream(), 0));
        FutureTask<Long> peerReceived = begin(() -> readToEnd(peer));
        FutureTask<Void> sent =
            begin(
                () -> {
                  write(peer, MUCH);
                  peer.shutdownOutput();
                  return null;
                });
        PatternBytes.write(stream.outputStream(), MUCH + 1);
        unix.shutdown(Direction.SEND);
        get(sent);
        assertThat(get(peerReceived)).isEqualTo(MUCH + 1);
        assertThat(get(received)).isEqualTo(MUCH);
      }
    }
  }

  private static long readToEnd(SocketChannel channel) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(60_000);
    long position = 0;
    for (int count = channel.read(into); count >= 0; count = channel.read(into.clear())) {
      PatternBytes.check(into.array(), count, position);
      position += count;
    }
    return position;
  }

  private static void write(SocketChannel channel, int count) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(PatternBytes.from(0, count));
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  // ---- waits

  @Test
  void shouldContinueAfterATimeLimit() throws Exception {
    SocketStream stream = shared.stream();
    ByteBuffer one = ByteBuffer.allocate(1);
    assertThatThrownBy(() -> stream.read(one, Duration.ofMillis(20)))
        .isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> stream.read(one, Duration.ZERO))
        .isInstanceOf(WouldBlockException.class);
    rig.sends("after");
    assertThat(read(stream, 5)).isEqualTo("after");
    // nobody reads at the other end
    int written = fill(stream);
    ByteBuffer more = ByteBuffer.wrap(PatternBytes.from(written, StreamRig.TOO_MUCH));
    assertThatThrownBy(() -> stream.write(more, Duration.ZERO))
        .isInstanceOf(WouldBlockException.class);
    rig.assertReadsPattern(written + more.position());
    stream.write(bytes("more"), SOON);
    assertThat(rig.reads(4)).isEqualTo("more");
  }

  @Test
  void shouldContinueAfterAnInterrupt() throws Exception {
    SocketStream stream = shared.stream();
    AtomicReference<Thread> thread = new AtomicReference<>();
    FutureTask<Boolean> reading =
        begin(
            () -> {
              thread.set(Thread.currentThread());
              assertThatThrownBy(() -> read(stream, 1)).isInstanceOf(InterruptedIOException.class);
              return Thread.interrupted();
            });
    awaitAsleep(reading);
    thread.get().interrupt();
    assertThat(get(reading)).as("it stays interrupted").isTrue();

    int written = fill(stream);
    ByteBuffer more = ByteBuffer.wrap(PatternBytes.from(written, StreamRig.TOO_MUCH));
    FutureTask<Boolean> writing =
        begin(
            () -> {
              thread.set(Thread.currentThread());
              assertThatThrownBy(() -> stream.write(more, SOON))
                  .isInstanceOf(InterruptedIOException.class);
              return Thread.interrupted();
            });
    awaitAsleep(writing);
    thread.get().interrupt();
    assertThat(get(writing)).isTrue();

    rig.sends("on");
    assertThat(read(stream, 2)).isEqualTo("on");
    rig.assertReadsPattern(written + more.position());
    stream.write(bytes("more"), SOON);
    assertThat(rig.reads(4)).isEqualTo("more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "descriptor", "session"})
  void shouldFailWhoWaitsWhenAnotherThreadCloses(String what) throws Exception {
    SocketStream stream = shared.stream();
    FutureTask<String> reading = begin(() -> read(stream, 1));
    awaitAsleep(reading);
    switch (what) {
      case "stream" -> stream.close();
      case "descriptor" -> shared.close();
      default -> broker.close();
    }
    assertThatThrownBy(() -> get(reading))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> stream.read(ByteBuffer.allocate(1), SOON))
        .isExactlyInstanceOf(ClosedChannelException.class);
  }

  @Test
  void shouldFailAWriterWhenAnotherThreadCloses() throws Exception {
    SocketStream stream = shared.stream();
    int written = fill(stream);
    FutureTask<Void> writing =
        begin(() -> PatternBytes.write(stream.outputStream(), StreamRig.TOO_MUCH));
    awaitAsleep(writing);
    stream.close();
    assertThatThrownBy(() -> get(writing))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    rig.assertReadsPattern(written);
  }

  @Test
  void shouldFailWhoWaitsWhenTheBrokerIsKilled() throws Exception {
    try (BrokerProcess other = BrokerProcess.start("--keep=none");
        Broker doomed = Broker.connect(other.socket());
        Loopback pair = Loopback.connect(doomed)) {
      SocketStream stream = pair.shared().stream();
      FutureTask<String> reading = begin(() -> read(stream, 1));
      awaitAsleep(reading);
      other.process().destroyForcibly();
      assertThatThrownBy(() -> get(reading)).cause().isExactlyInstanceOf(BrokerGoneException.class);
    }
  }

  // ---- positions

  @Test
  void shouldHalfCloseBehindWhatWasWritten() throws Exception {
    SocketStream stream = shared.stream();
    int written = fill(stream);
    FutureTask<Void> shutting =
        begin(
            () -> {
              shared.shutdown(Direction.SEND);
              return null;
            });
    assertThat(PatternBytes.readToEnd(plain.getInputStream(), 0)).isEqualTo(written);
    get(shutting);
    rig.sends("still");
    assertThat(read(stream, 5)).isEqualTo("still");
    assertRefused(Errno.EPIPE, () -> stream.write(bytes("late"), SOON));
    plain.shutdownOutput();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
  }

  @Test
  void shouldSetOptionsBehindWhatWasWritten() throws Exception {
    // before the others, because requests on this descriptor wait for each other
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    CompletableFuture<Object> set = shared.setOptionAsync("TCP_NODELAY", true);
    CompletableFuture<Object> got = shared.getOptionAsync("TCP_NODELAY");
    assertThat(other.getOption("TCP_NODELAY")).as("while bytes wait").isEqualTo(false);
    assertThat(set).isNotDone();
    rig.assertReadsPattern(written);
    assertThat(set.get(30, SECONDS)).isEqualTo(true);
    assertThat(got.get(30, SECONDS)).isEqualTo(true);
  }

  // ---- the end

  @Test
  void shouldSayHowTheConnectionEnded() throws Exception {
    SocketStream stream = shared.stream();
    rig.sends("last");
    plain.setOption(StandardSocketOptions.SO_LINGER, 0);
    assertThat(read(stream, 4)).isEqualTo("last");
    plain.close();
    for (int i = 0; i < 2; i++) {
      assertRefused(Errno.ECONNRESET, () -> read(stream, 1));
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> stream.write(bytes("into the void"), SOON))
                    .satisfies(
                        it ->
                            assertThat(BrokerException.errnoOf(it))
                                .isIn(Errno.ECONNRESET, Errno.EPIPE)));
  }

  /** The broker has passed on what fits into the connection. The rest is in the socket. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldPassOnAllBytesBeforeTheEnd(boolean reset) throws Exception {
    int count = 100_000;
    try (SharedSocket listener =
            broker.open(SocketSpec.tcpListen("127.0.0.1", 0).option("SO_RCVBUF", 1 << 20));
        WireClient observer = WireClient.welcomed(process.socket())) {
      SharedSocket peer = broker.open(SocketSpec.tcp("127.0.0.1", port(listener)));
      SocketStream stream = listener.accept(SOON).stream();
      ByteBuffer sent = ByteBuffer.wrap(PatternBytes.from(0, count));
      while (sent.hasRemaining()) {
        peer.send(sent);
      }
      await().atMost(SOON).until(() -> queuedOut(observer, peer) == 0);
      if (reset) {
        peer.setOption("SO_LINGER", Map.of("on", true, "seconds", 0L));
      }
      peer.close();
      InputStream in = stream.inputStream();
      assertThat(PatternBytes.read(in, 0, count)).isEqualTo(count);
      if (reset) {
        assertRefused(Errno.ECONNRESET, in::read);
      } else {
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  private static int port(SharedSocket listener) throws IOException {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  private static long queuedOut(WireClient observer, SharedSocket socket) throws IOException {
    return observer
        .ask(Reply.Shown.class, new Request.Show("d" + socket.id()))
        .holders()
        .get(0)
        .queuedOut();
  }

  /** What cannot be sent is discarded, and receiving goes on. */
  @Test
  void shouldReceiveAfterThePeerTakesNoMore(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("peer");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (SharedSocket unix = broker.open(SocketSpec.unix(path.toString()));
          SocketChannel peer = server.accept()) {
        SocketStream stream = unix.stream();
        peer.shutdownInput();
        assertRefused(
            Errno.EPIPE, () -> stream.write(ByteBuffer.allocate(StreamRig.TOO_MUCH), SOON));
        peer.write(bytes("more"));
        assertThat(read(stream, 4)).isEqualTo("more");
        peer.write(bytes("last"));
        stream.detach();
        String passedOn = read(stream, 4);
        assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
        assertThat(passedOn + receive(unix, 4 - passedOn.length())).isEqualTo("last");
      }
    }
  }

  /** A full connection does not hide the end from a writer that waits for room. */
  @Test
  void shouldFailAWriterThatWaitsWhenSendingEnds() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    FutureTask<Void> writing =
        begin(
            () -> {
              stream.write(ByteBuffer.allocate(StreamRig.TOO_MUCH), SOON);
              return null;
            });
    awaitAsleep(writing);
    other.shutdown(Direction.SEND);
    assertThatThrownBy(() -> get(writing))
        .cause()
        .satisfies(
            it -> assertThat(BrokerException.errnoOf(it)).as("%s", it).isEqualTo(Errno.EPIPE));
    assertThat(written).isPositive();
    rig.sends("more");
    assertThat(read(stream, 4)).isEqualTo("more");
  }

  // ---- the channel

  @Test
  void shouldWorkInASelectorOfTheProgram() throws Exception {
    SocketStream stream = shared.stream();
    FutureTask<Long> echoed = begin(() -> PatternBytes.readToEnd(plain.getInputStream(), 0));
    FutureTask<Void> sending =
        begin(
            () -> {
              PatternBytes.write(plain.getOutputStream(), MUCH);
              plain.shutdownOutput();
              return null;
            });
    try (Selector selector = Selector.open()) {
      SocketChannel channel = stream.channel();
      assertThat(channel.isBlocking()).isFalse();
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      ByteBuffer buffer = ByteBuffer.allocate(100_000);
      while (true) {
        assertThat(selector.select(SOON.toMillis())).isPositive();
        selector.selectedKeys().clear();
        if (key.interestOps() == SelectionKey.OP_READ && channel.read(buffer) < 0) {
          break;
        }
        buffer.flip();
        channel.write(buffer);
        key.interestOps(buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        buffer.compact();
      }
    }
    get(sending);
    stream.channel().shutdownOutput();
    stream.close();
    shared.close();
    assertThat(get(echoed)).isEqualTo(MUCH);
  }

  /** Opens and ends 100 streams, one after the other. Nothing remains. */
  @Test
  void shouldLeaveNothingBehind() throws Exception {
    shared.stream().close();
    int before = process.fdCount();
    for (int i = 0; i < 100; i++) {
      SocketStream stream = shared.stream();
      rig.sends("x");
      assertThat(read(stream, 1)).isEqualTo("x");
      OutputStream out = stream.outputStream();
      out.write('y');
      assertThat(rig.reads(1)).isEqualTo("y");
      stream.close();
    }
    await().atMost(SOON).until(() -> process.fdCount() <= before);
  }
}
