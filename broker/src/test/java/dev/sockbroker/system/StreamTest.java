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
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MUCH = 20_000_000;

  /** What the kernel's buffers and the connection of a stream cannot hold together. */
  private static final int TOO_MUCH = 64 << 20;

  private static BrokerProcess process;
  private Broker broker;
  private SharedSocket shared;
  private Socket plain;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      plain = server.accept();
      plain.setSoTimeout((int) SOON.toMillis());
    }
  }

  @AfterEach
  void close() throws IOException {
    plain.close();
    broker.close();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  private void plainSends(String text) throws IOException {
    plain.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String plainReads(int count) throws IOException {
    return new String(plain.getInputStream().readNBytes(count), StandardCharsets.UTF_8);
  }

  private static String read(SocketStream stream, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining() && stream.read(into, SOON) >= 0) {}
    return text(into.flip());
  }

  private static String receive(SharedSocket socket, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining() && socket.receive(into, SOON) >= 0) {}
    return text(into.flip());
  }

  private SharedSocket sharedWith(Broker other) throws IOException {
    return other.redeem(shared.duplicate(Target.session(other.session()), Rights.all()));
  }

  private SharedSocket with(Right right) throws IOException {
    return broker.redeem(shared.duplicate(Target.session(broker.session()), Rights.of(right)));
  }

  private static void assertRefused(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).as("%s", it).isEqualTo(errno));
  }

  /** Writes what can be written while the peer does not read. */
  private static int fill(SocketStream stream) {
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

  private void assertPlainReadsPattern(int count) throws IOException {
    assertThat(PatternBytes.read(plain.getInputStream(), 0, count)).isEqualTo(count);
  }

  /** Waits until the thread sleeps in the stream. */
  private static void awaitAsleep(FutureTask<?> task) {
    await()
        .atMost(SOON)
        .until(
            () ->
                task.isDone()
                    || Thread.getAllStackTraces().values().stream()
                        .anyMatch(StreamTest::isAsleepInStream));
  }

  private static boolean isAsleepInStream(StackTraceElement[] stack) {
    return Arrays.stream(stack).anyMatch(at -> at.getClassName().endsWith("EPollSelectorImpl"))
        && Arrays.stream(stack).anyMatch(at -> at.getClassName().endsWith("ChannelWait"));
  }

  private static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(30, SECONDS);
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
    plainSends("after");
    assertThat(read(stream, 5)).isEqualTo("after");
    // nobody reads at the other end
    int written = fill(stream);
    ByteBuffer more = ByteBuffer.wrap(PatternBytes.from(written, TOO_MUCH));
    assertThatThrownBy(() -> stream.write(more, Duration.ZERO))
        .isInstanceOf(WouldBlockException.class);
    assertPlainReadsPattern(written + more.position());
    stream.write(bytes("more"), SOON);
    assertThat(plainReads(4)).isEqualTo("more");
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
    ByteBuffer more = ByteBuffer.wrap(PatternBytes.from(written, TOO_MUCH));
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

    plainSends("on");
    assertThat(read(stream, 2)).isEqualTo("on");
    assertPlainReadsPattern(written + more.position());
    stream.write(bytes("more"), SOON);
    assertThat(plainReads(4)).isEqualTo("more");
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
    FutureTask<Void> writing = begin(() -> PatternBytes.write(stream.outputStream(), TOO_MUCH));
    awaitAsleep(writing);
    stream.close();
    assertThatThrownBy(() -> get(writing))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertPlainReadsPattern(written);
  }

  @Test
  void shouldFailWhoWaitsWhenTheBrokerIsKilled() throws Exception {
    try (BrokerProcess other = BrokerProcess.start();
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
    plainSends("still");
    assertThat(read(stream, 5)).isEqualTo("still");
    assertRefused(Errno.EPIPE, () -> stream.write(bytes("late"), SOON));
    plain.shutdownOutput();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
  }

  @Test
  void shouldSetOptionsBehindWhatWasWritten() throws Exception {
    // before the others, because requests on this descriptor wait for each other
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    CompletableFuture<Object> set = shared.setOptionAsync("TCP_NODELAY", true);
    CompletableFuture<Object> got = shared.getOptionAsync("TCP_NODELAY");
    assertThat(other.getOption("TCP_NODELAY")).as("while bytes wait").isEqualTo(false);
    assertThat(set).isNotDone();
    assertPlainReadsPattern(written);
    assertThat(set.get(30, SECONDS)).isEqualTo(true);
    assertThat(got.get(30, SECONDS)).isEqualTo(true);
  }

  // ---- the end

  @Test
  void shouldSayHowTheConnectionEnded() throws Exception {
    SocketStream stream = shared.stream();
    plainSends("last");
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
        assertRefused(Errno.EPIPE, () -> stream.write(ByteBuffer.allocate(TOO_MUCH), SOON));
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
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    FutureTask<Void> writing =
        begin(
            () -> {
              stream.write(ByteBuffer.allocate(TOO_MUCH), SOON);
              return null;
            });
    awaitAsleep(writing);
    other.shutdown(Direction.SEND);
    assertThatThrownBy(() -> get(writing))
        .cause()
        .satisfies(
            it -> assertThat(BrokerException.errnoOf(it)).as("%s", it).isEqualTo(Errno.EPIPE));
    assertThat(written).isPositive();
    plainSends("more");
    assertThat(read(stream, 4)).isEqualTo("more");
  }

  // ---- leaving

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldLoseNothingWhenItIsDetached(boolean nextIsStream) throws Exception {
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    FutureTask<Void> sending = begin(() -> PatternBytes.write(plain.getOutputStream(), MUCH));
    InputStream in = stream.inputStream();
    long taken = PatternBytes.read(in, 0, 100_000);
    assertThat(taken).isEqualTo(100_000);
    stream.write(bytes("first "));
    stream.detach();
    taken = PatternBytes.readToEnd(in, taken);
    assertThat(taken).as("passed on before").isBetween(100_000L, 100_000L + (64 << 10));
    assertThatThrownBy(() -> stream.write(bytes("x"), SOON)).isInstanceOf(IOException.class);

    SocketStream second = nextIsStream ? other.stream() : null;
    InputStream rest = nextIsStream ? second.inputStream() : other.inputStream();
    assertThat(PatternBytes.read(rest, taken, MUCH)).isEqualTo(MUCH);
    get(sending);
    if (nextIsStream) {
      second.write(bytes("second"));
    } else {
      other.send(bytes("second"), SOON);
    }
    assertThat(plainReads(12)).isEqualTo("first second");
  }

  /** What was written before is sent before the bytes of the next holder. */
  @Test
  void shouldSendWhatWasWrittenBeforeADetach() throws Exception {
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    stream.detach();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
    CompletableFuture<Integer> next = other.sendAsync(bytes("next"), Broker.FOREVER);
    assertPlainReadsPattern(written);
    assertThat(next.get(30, SECONDS)).isEqualTo(4);
    assertThat(plainReads(4)).isEqualTo("next");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "descriptor", "session"})
  void shouldSendWhatWasWrittenWhenItIsClosed(String what) throws Exception {
    try (Broker keeper = Broker.connect(process.socket())) {
      SharedSocket other = sharedWith(keeper);
      SocketStream stream = shared.stream();
      int written = fill(stream);
      switch (what) {
        case "stream" -> stream.close();
        case "descriptor" -> shared.close();
        default -> broker.close();
      }
      assertPlainReadsPattern(written);
      ByteBuffer one = ByteBuffer.allocate(1);
      plainSends("!");
      await()
          .atMost(SOON)
          .ignoreException(BrokerException.class)
          .until(() -> other.receive(one, SOON) == 1);
      SocketStream next = other.stream();
      next.write(bytes("next"));
      assertThat(plainReads(4)).isEqualTo("next");
    }
  }

  /** A client that closes only its connection has left the stream. */
  @Test
  void shouldFreeBothDirectionsWhenItsConnectionIsClosed() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = redeemed(client);
      try (WireClient data = connected(client, descriptor)) {
        data.write(ByteBuffer.wrap(PatternBytes.from(0, 100_000)));
      }
      assertPlainReadsPattern(100_000);
      await()
          .atMost(SOON)
          .until(() -> client.ask(nothingToReceive(descriptor)), StreamTest::isEagain);
      assertThat(client.ask(Request.Send.of(descriptor, -1L), new byte[] {'x'}))
          .isInstanceOf(Reply.Sent.class);
      assertThat(plainReads(1)).isEqualTo("x");
      client.refused(Errno.EINVAL, new Request.DetachStream(descriptor));
      try (WireClient data = connected(client, descriptor)) {
        plainSends("again");
        assertThat(text(data.bytes(5))).isEqualTo("again");
      }
    }
  }

  private long redeemed(WireClient client) throws IOException {
    String token =
        shared.duplicate(Target.session(client.welcome().session()), Rights.all()).text();
    return client.ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
  }

  /** The connection of a new stream, after its greeting. */
  private static WireClient connected(WireClient client, long descriptor) throws IOException {
    Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
    WireClient data = WireClient.connect(process.socket());
    assertThat(data.ask(new Request.StreamHello(stream.key()))).isInstanceOf(Reply.Done.class);
    return data;
  }

  private static Request nothingToReceive(long descriptor) {
    return new Request.Receive(descriptor, 1, 0L, false, false);
  }

  private static boolean isEagain(Reply reply) {
    return reply instanceof Reply.Error error && error.errno() == Errno.EAGAIN;
  }

  // ---- the wire

  @Test
  void shouldTellHowEachDirectionHasEnded() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = redeemed(client);
      try (WireClient data = connected(client, descriptor)) {
        plainSends("last");
        plain.shutdownOutput();
        assertThat(text(data.bytes(4))).isEqualTo("last");
        data.skipToEnd();
        assertThat(client.event())
            .isEqualTo(new Event.StreamEnded(descriptor, Direction.RECEIVE, 0));
        data.write(bytes("still"));
        assertThat(plainReads(5)).isEqualTo("still");
        plain.setSoLinger(true, 0);
        plain.close();
        assertThatThrownBy(
                () -> {
                  while (true) {
                    data.write(bytes("into the void"));
                  }
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Broken pipe");
        assertThat(client.event())
            .isInstanceOfSatisfying(
                Event.StreamEnded.class,
                it -> {
                  assertThat(it.direction()).isEqualTo(Direction.SEND);
                  assertThat(it.error()).isIn(Errno.ECONNRESET, Errno.EPIPE);
                });
      }
    }
  }

  /** Bytes directly behind the hello belong to the stream, as if they came after the reply. */
  @Test
  void shouldTakeBytesThatComeWithTheHello() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket());
        WireClient data = WireClient.connect(process.socket())) {
      long descriptor = redeemed(client);
      Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
      plainSends("waiting");
      ByteBuffer hello =
          new FrameCodec().encode(1, new Request.StreamHello(stream.key()), /* payload */ 0);
      ByteBuffer all = ByteBuffer.allocate(hello.remaining() + 50_000);
      all.put(hello).put(PatternBytes.from(0, 50_000)).flip();
      data.write(all);
      assertPlainReadsPattern(50_000);
      assertThat(data.next().message()).isInstanceOf(Reply.Done.class);
      assertThat(text(data.bytes(7))).isEqualTo("waiting");
    }
  }

  @Test
  void shouldAttachAStreamToWhatItAccepts() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      Request open =
          Request.Open.of(Family.INET, SocketType.STREAM).boundTo(Address.inet("127.0.0.1", 0));
      long listener = client.ask(Reply.Opened.class, open).descriptor();
      int port = client.ask(Reply.Addresses.class, new Request.Listen(listener, 8)).local().port();
      try (Socket peer = new Socket(LOOPBACK, port)) {
        peer.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
        Reply.Opened accepted =
            client.ask(Reply.Opened.class, new Request.Accept(listener, -1L, true));
        client.refused(Errno.EBUSY, nothingToReceive(accepted.descriptor()));
        try (WireClient data = WireClient.connect(process.socket())) {
          assertThat(data.ask(new Request.StreamHello(accepted.stream())))
              .isInstanceOf(Reply.Done.class);
          assertThat(text(data.bytes(5))).isEqualTo("hello");
          data.write(bytes("world"));
          assertThat(new String(peer.getInputStream().readNBytes(5), StandardCharsets.UTF_8))
              .isEqualTo("world");
        }
      }
      try (Socket peer = new Socket(LOOPBACK, port)) {
        Reply.Opened accepted = client.ask(Reply.Opened.class, new Request.Accept(listener, -1L));
        assertThat(accepted.peer().port()).isEqualTo(peer.getLocalPort());
        assertThat(accepted.stream()).isNull();
      }
    }
  }

  @Test
  void shouldEndTheConnectionOfARevokedDescriptor() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = redeemed(client);
      try (WireClient data = connected(client, descriptor)) {
        data.write(bytes("before "));
        assertThat(plainReads(7)).isEqualTo("before ");
        assertThat(Command.to(process.socket()).run("revoke", "d" + descriptor).exitCode())
            .isZero();
        plainSends("too late");
        assertThatThrownBy(() -> data.write(bytes("too late")))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Broken pipe");
        data.assertEnds();
      }
      assertThat(client.event()).isInstanceOf(Event.Revoked.class);
      shared.send(bytes("after"), SOON);
      assertThat(plainReads(5)).isEqualTo("after");
      assertThat(receive(shared, 8)).isEqualTo("too late");
    }
  }

  @Test
  void shouldSendWhatWasWrittenAlsoWhenTheLastHolderLeaves() throws Exception {
    SocketStream stream = shared.stream();
    int written = fill(stream);
    broker.close();
    assertThat(PatternBytes.readToEnd(plain.getInputStream(), 0)).isEqualTo(written);
  }

  // ---- others

  @Test
  void shouldRefuseOthersInItsDirections() throws Exception {
    SharedSocket other = sharedWith(broker);
    SharedSocket receiver = with(Right.RECV);
    SharedSocket sender = with(Right.SEND);
    SocketStream in = receiver.stream();
    assertRefused(Errno.EBUSY, () -> other.receive(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> other.peek(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> receiver.receive(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> other.ring(4096));
    assertRefused(Errno.EBUSY, other::stream);
    assertRefused(Errno.EBUSY, receiver::stream);
    assertThat(other.send(bytes("free"), SOON)).isEqualTo(4);
    assertThat(plainReads(4)).isEqualTo("free");

    SocketStream out = sender.stream();
    assertRefused(Errno.EBUSY, () -> other.send(bytes("x"), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> sender.ring(4096));
    in.close();
    plainSends("in");
    assertThat(receive(other, 2)).isEqualTo("in");
    out.close();
    assertThat(other.send(bytes("x"), SOON)).isEqualTo(1);
    assertThat(plainReads(1)).isEqualTo("x");
  }

  @Test
  void shouldNotOvertakeOperationsThatWait() throws Exception {
    SharedSocket other = sharedWith(broker);
    ByteBuffer into = ByteBuffer.allocate(4);
    CompletableFuture<Integer> waiting = other.receiveAsync(into, Broker.FOREVER);
    broker.ping();
    assertRefused(Errno.EBUSY, shared::stream);
    plainSends("wait");
    assertThat(waiting.get(30, SECONDS)).isEqualTo(4);
    SocketStream stream = shared.stream();
    plainSends("more");
    assertThat(read(stream, 4)).isEqualTo("more");
  }

  @Test
  void shouldRefuseWhatCannotBe() throws Exception {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    assertRefused(Errno.ENOTCONN, listener::stream);
    SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0));
    assertRefused(Errno.EOPNOTSUPP, udp::stream);
    SharedSocket neither = with(Right.GETOPT);
    assertRefused(Errno.EPERM, neither::stream);
  }

  @Test
  void shouldGiveEachDirectionToWhoHasTheRight() throws Exception {
    SocketStream out = with(Right.SEND).stream();
    SocketStream in = with(Right.RECV).stream();
    plainSends("in");
    assertThat(read(in, 2)).isEqualTo("in");
    out.write(bytes("out"));
    assertThat(plainReads(3)).isEqualTo("out");
    assertThatThrownBy(() -> in.write(bytes("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("SEND");
    assertThatThrownBy(() -> out.read(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("RECV");
    // neither does the kernel let them
    assertThatThrownBy(() -> in.channel().write(bytes("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Broken pipe");
    assertThat(out.channel().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    plainSends("on");
    assertThat(read(in, 2)).isEqualTo("on");
  }

  @Test
  void shouldEndAtOnceWhenTheDescriptorIsRevoked() throws Exception {
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    SocketChannel channel = stream.channel();
    stream.write(bytes("before "));
    FutureTask<String> reading = begin(() -> read(stream, 1));
    awaitAsleep(reading);
    assertThat(plainReads(7)).isEqualTo("before ");
    assertThat(Command.to(process.socket()).run("revoke", "d" + shared.id()).exitCode()).isZero();
    assertThatThrownBy(() -> get(reading))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> stream.write(bytes("x"), SOON)).isInstanceOf(IOException.class);
    other.send(bytes("after"), SOON);
    assertThat(plainReads(5)).isEqualTo("after");
  }

  // ---- urgent bytes

  @Test
  void shouldLeaveTheUrgentByteToWhoAsksForIt() throws Exception {
    SharedSocket other = sharedWith(broker);
    SocketStream stream = shared.stream();
    plainSends("ab");
    plain.sendUrgentData('!');
    plainSends("cd");
    ByteBuffer urgent = ByteBuffer.allocate(1);
    await().atMost(SOON).ignoreExceptions().until(() -> other.receiveUrgent(urgent.clear()) == 1);
    assertThat(text(urgent.flip())).isEqualTo("!");
    assertThat(read(stream, 4)).isEqualTo("abcd");
  }

  @Test
  void shouldPassAnUrgentByteThatNobodyWants() throws Exception {
    SocketStream stream = shared.stream();
    for (int i = 0; i < 5; i++) {
      plainSends("ab");
      plain.sendUrgentData('!');
      plainSends("cd");
      assertThat(read(stream, 4)).isEqualTo("abcd");
    }
    plain.sendUrgentData('?');
    plain.shutdownOutput();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
  }

  // ---- events

  /** What the broker passes on counts as received. */
  @Test
  void shouldReportAgainWhatIsLeftInTheSocket() throws Exception {
    BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
    SocketStream stream = shared.stream();
    FutureTask<Void> sending = begin(() -> PatternBytes.write(plain.getOutputStream(), MUCH));
    shared.asyncSelect(
        EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE),
        (NetworkEventMessage it) -> events.add(it.event()));
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.READ);
    InputStream in = stream.inputStream();
    assertThat(PatternBytes.read(in, 0, MUCH / 2)).isEqualTo(MUCH / 2);
    assertThat(events.poll(30, SECONDS)).as("passing on").isEqualTo(NetworkEvent.READ);
    assertThat(PatternBytes.read(in, MUCH / 2, MUCH)).isEqualTo(MUCH);
    get(sending);
    plain.shutdownOutput();
    assertThat(in.read()).isEqualTo(-1);
    await().atMost(SOON).until(() -> events.contains(NetworkEvent.CLOSE));
  }

  /** Bytes that are passed on completely are not reported (rule 39). */
  @Test
  void shouldNotReportWhatItPassesOn() throws Exception {
    BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
    SocketStream stream = shared.stream();
    // from now on the broker knows the connection
    plainSends("x");
    assertThat(read(stream, 1)).isEqualTo("x");
    shared.asyncSelect(
        EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE),
        (NetworkEventMessage it) -> events.add(it.event()));
    for (int i = 0; i < 20; i++) {
      plainSends("12345");
      assertThat(read(stream, 5)).isEqualTo("12345");
      // what arrives before the broker has looked for events could be reported
      broker.ping();
    }
    plain.shutdownOutput();
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.CLOSE);
    assertThat(events).isEmpty();
  }

  // ---- what is shown

  @Test
  void shouldBeShownAndCounted() throws Exception {
    try (WireClient observer = WireClient.welcomed(process.socket())) {
      int before = streams(observer);
      SocketStream stream = shared.stream();
      plainSends("12345");
      assertThat(read(stream, 5)).isEqualTo("12345");
      stream.write(bytes("1234567"));
      assertThat(plainReads(7)).isEqualTo("1234567");

      Command command = Command.to(process.socket());
      String id = "d" + shared.id();
      String[] lines =
          command.run("list", "--pid", "" + broker.pid()).out().lines().toArray(String[]::new);
      assertThat(lines[0]).contains("LANE");
      assertThat(lines[1].substring(lines[0].indexOf("LANE"))).startsWith("stream");
      assertThat(command.run("list", "--pid", "" + broker.pid(), "--json").out())
          .contains("\"bytesIn\":5", "\"bytesOut\":7", "stream");
      assertThat(command.run("show", id).out()).contains("stream");
      assertThat(streams(observer)).isEqualTo(before + 1);
      assertThat(command.run("show", "--broker").out()).containsPattern("streams +" + (before + 1));
      stream.close();
      assertThat(streams(observer)).isEqualTo(before);
      assertThat(command.run("list", "--pid", "" + broker.pid(), "--json").out())
          .contains("\"bytesIn\":5", "\"bytesOut\":7");
    }
  }

  private static int streams(WireClient observer) throws IOException {
    return observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).streams();
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
      plainSends("x");
      assertThat(read(stream, 1)).isEqualTo("x");
      OutputStream out = stream.outputStream();
      out.write('y');
      assertThat(plainReads(1)).isEqualTo("y");
      stream.close();
    }
    await().atMost(SOON).until(() -> process.fdCount() == before);
  }
}
