package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerSocketFactory;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that misuse streams: they harm nobody else, and nothing of them remains. */
@Timeout(60)
@WithBroker
final class HostileStreamTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int PREFETCH = 64 << 10;

  /** The most that one side of a Unix connection holds by default, and one receive. */
  private static final int UNSENT_MAX = 600_000;

  private static BrokerProcess broker;

  private Broker owner;
  private Loopback pair;
  private WireClient client;
  private WireClient observer;
  private long descriptor;
  private int fds;

  @BeforeEach
  void connect() throws IOException {
    owner = Broker.connect(broker.socket());
    pair = Loopback.connect(owner);
    pair.plain().setSoTimeout((int) SOON.toMillis());
    client = WireClient.welcomed(broker.socket());
    observer = WireClient.welcomed(broker.socket());
    descriptor = client.redeem(pair.shared());
    fds = broker.fdCount();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    pair.plain().close();
    owner.close();
    await().atMost(SOON).until(() -> observer.streams() == 0);
    observer.close();
  }

  private String attach() throws IOException {
    return client.ask(Reply.Stream.class, new Request.AttachStream(descriptor)).key();
  }

  private WireClient connected() throws IOException {
    return shown(attach());
  }

  private static WireClient shown(String key) throws IOException {
    WireClient data = WireClient.connect(broker.socket());
    assertThat(data.ask(new Request.StreamHello(key))).isInstanceOf(Reply.Done.class);
    return data;
  }

  private static void assertNoKey(String key) throws IOException {
    try (WireClient thief = WireClient.connect(broker.socket())) {
      thief.send(new Request.StreamHello(key));
      Reply.Error error = thief.assertEndsWith(Errno.EINVAL);
      assertThat(error.message()).contains("unknown, used, or another process's");
    }
  }

  private Reply.DescriptorInfo info() throws IOException {
    return observer.ask(Reply.Shown.class, new Request.Show("d" + descriptor)).holders().stream()
        .filter(it -> it.id() == descriptor)
        .findFirst()
        .orElseThrow();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  /** Bytes travel both ways, and other sessions are served. */
  private void assertWorks(WireClient data) throws IOException {
    data.write(bytes("there"));
    assertThat(pair.reads(5)).isEqualTo("there");
    pair.sends("back");
    assertThat(data.bytes(4)).isEqualTo(bytes("back"));
    assertOthersAreServed();
  }

  private void assertOthersAreServed() throws IOException {
    assertThat(observer.ask(new Request.Ping())).isEqualTo(new Reply.Done());
    try (Loopback other = Loopback.connect(owner)) {
      SocketStream stream = other.shared().stream();
      stream.write(bytes("echo"));
      byte[] there = other.plain().getInputStream().readNBytes(4);
      other.plain().getOutputStream().write(there);
      assertThat(stream.inputStream().readNBytes(4)).isEqualTo("echo".getBytes(UTF_8));
    }
  }

  // ---- keys

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "0123456789012345678901234567890123456789012", "\u20ac"})
  void shouldRefuseAKeyThatIsNone(String key) throws IOException {
    String real = attach();
    assertNoKey(key);
    assertNoKey(real.substring(1));
    try (WireClient data = shown(real)) {
      assertWorks(data);
    }
  }

  @Test
  void shouldTakeAKeyOnce() throws IOException {
    String key = attach();
    try (WireClient data = shown(key)) {
      assertNoKey(key);
      assertWorks(data);
    }
    assertNoKey(key);
  }

  @Test
  void shouldTakeAKeyOnlyFromItsProcess() throws Exception {
    String ours = attach();
    try (PythonProgram python = new PythonProgram("stream-client.py", broker.socket().toString());
        Loopback theirs = Loopback.connect(owner)) {
      python.say("show " + ours);
      assertThat(python.line()).isEqualTo("EINVAL");
      python.say("attach " + token(theirs.shared(), python));
      String key = python.line();
      assertNoKey(key);
      python.say("fork " + key);
      assertThat(python.line()).as("of its child").isEqualTo("EINVAL");
      python.say("connect " + key);
      assertThat(python.line()).isEqualTo("Done");
      python.say("write hello");
      assertThat(theirs.plain().getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
    }
    try (WireClient data = shown(ours)) {
      assertWorks(data);
    }
  }

  private static String token(SharedSocket socket, PythonProgram python) throws IOException {
    return socket.duplicate(Target.pid(python.pid()), Rights.all()).text();
  }

  @Test
  void shouldRefuseAHelloOfASession() throws IOException {
    String key = attach();
    client.refused(Errno.EINVAL, new Request.StreamHello(key));
    assertThat(client.ask(new Request.Ping())).isEqualTo(new Reply.Done());
    try (WireClient data = shown(key)) {
      assertWorks(data);
    }
  }

  @Test
  void shouldEndAConnectionThatSendsSomethingElse() throws IOException {
    String key = attach();
    try (WireClient garbage = WireClient.connect(broker.socket())) {
      garbage.write(bytes("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: everything\r\n\r\n"));
      garbage.assertEndsWith(Errno.EPROTO);
    }
    try (WireClient early = WireClient.connect(broker.socket())) {
      early.send(new Request.AttachStream(descriptor));
      early.assertEndsWith(Errno.EPROTO);
    }
    try (WireClient data = shown(key)) {
      assertWorks(data);
    }
  }

  // ---- clients that never connect

  @ParameterizedTest
  @ValueSource(strings = {"detach", "close", "session"})
  void shouldFreeWhatWasNeverConnected(String how) throws IOException {
    String key = attach();
    assertThat(observer.streams()).isEqualTo(1);
    switch (how) {
      case "detach" -> client.ask(Reply.Done.class, new Request.DetachStream(descriptor));
      case "close" -> client.ask(Reply.Done.class, new Request.Close(descriptor));
      default -> client.close();
    }
    await().atMost(SOON).until(() -> observer.streams() == 0);
    assertNoKey(key);
    pair.sends("free");
    ByteBuffer into = ByteBuffer.allocate(4);
    while (into.hasRemaining()) {
      pair.shared().receive(into, SOON);
    }
    pair.shared().send(bytes("free"), SOON);
    assertThat(pair.reads(4)).isEqualTo("free");
  }

  @Test
  void shouldFreeWhatAKilledProcessHasNeverConnected() throws Exception {
    try (PythonProgram python = new PythonProgram("stream-client.py", broker.socket().toString())) {
      python.say("attach " + token(pair.shared(), python));
      String key = python.line();
      assertThat(observer.streams()).isEqualTo(1);
      python.kill();
      await().atMost(SOON).until(() -> observer.streams() == 0);
      assertNoKey(key);
    }
    pair.shared().send(bytes("free"), SOON);
    assertThat(pair.reads(4)).isEqualTo("free");
  }

  // ---- clients that do not read, or write without end

  @Test
  void shouldPassOnOnlyTheLimitToWhoDoesNotRead() throws Exception {
    int count = 30_000_000;
    try (WireClient data = connected()) {
      FutureTask<Void> sending =
          begin(() -> PatternBytes.write(pair.plain().getOutputStream(), count));
      await().atMost(SOON).until(() -> info().bytesIn() > PREFETCH / 4 && info().queuedIn() > 0);
      assertOthersAreServed();
      for (int i = 0; i < 50; i++) {
        assertThat(client.ask(new Request.Ping())).isEqualTo(new Reply.Done());
      }
      assertThat(info().bytesIn()).isLessThanOrEqualTo(PREFETCH);
      assertThat(sending).as("the peer is slowed down").isNotDone();
      for (long at = 0; at < count; at += 50_000) {
        PatternBytes.check(data.bytes(50_000).array(), 50_000, at);
      }
      sending.get(30, SECONDS);
      assertThat(info().bytesIn()).isEqualTo(count);
    }
  }

  @Test
  void shouldTakeLittleFromWhoWritesWithoutEnd() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.socket().setReceiveBufferSize(4096);
      server.bind(new InetSocketAddress(LOOPBACK, 0));
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      SharedSocket slow = owner.open(SocketSpec.tcp("127.0.0.1", port));
      slow.setOption("SO_SNDBUF", 4096);
      try (SocketChannel peer = server.accept()) {
        descriptor = client.redeem(slow);
        try (WireClient data = connected()) {
          ByteBuffer much = ByteBuffer.wrap(PatternBytes.from(0, 8 << 20));
          await().atMost(SOON).until(() -> data.writeSome(much) == 0);
          assertOthersAreServed();
          while (data.writeSome(much) > 0) {}
          assertThat(much.position()).isLessThan(UNSENT_MAX);
          int written = much.position();
          FutureTask<Long> reading =
              begin(() -> PatternBytes.read(peer.socket().getInputStream(), 0, written));
          assertThat(reading.get(30, SECONDS)).isEqualTo(written);
        }
      }
    }
  }

  // ---- half of a connection

  @Test
  void shouldNotTakeAHalfCloseForAShutdown() throws Exception {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(broker.socket()));
    try (WireClient data = WireClient.over(channel)) {
      data.ask(Reply.Done.class, new Request.StreamHello(attach()));
      data.write(bytes("last"));
      channel.shutdownOutput();
      assertThat(pair.reads(4)).isEqualTo("last");
      for (int i = 0; i < 3; i++) {
        pair.sends("more");
        assertThat(data.bytes(4)).isEqualTo(bytes("more"));
      }
      client.refused(Errno.EBUSY, Request.Send.of(descriptor, 0L));
      // no byte before that position will come
      Request shutdown = new Request.Shutdown(descriptor, Direction.SEND, 1L << 40);
      assertThat(client.ask(shutdown)).isInstanceOf(Reply.Done.class);
      assertThat(pair.plain().getInputStream().read()).isEqualTo(-1);
      pair.sends("end");
      assertThat(data.bytes(3)).isEqualTo(bytes("end"));
    }
  }

  @Test
  void shouldSendToWhoHasShutDownReceiving() throws Exception {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(broker.socket()));
    try (WireClient data = WireClient.over(channel)) {
      data.ask(Reply.Done.class, new Request.StreamHello(attach()));
      channel.shutdownInput();
      pair.sends("nobody wants this");
      assertOthersAreServed();
      await().atMost(SOON).until(() -> observer.streams() == 0);
      assertThat(info().bytesIn()).isZero();
    }
    ByteBuffer into = ByteBuffer.allocate(17);
    while (into.hasRemaining()) {
      pair.shared().receive(into, SOON);
    }
    assertThat(into.flip()).isEqualTo(bytes("nobody wants this"));
  }

  /** A request behind a position that is never reached waits, but holds up nobody else. */
  @Test
  void shouldEndAWaitForAPositionWithTheStream() throws Exception {
    long waiting;
    try (WireClient data = connected()) {
      waiting = client.send(new Request.Shutdown(descriptor, Direction.SEND, 1L << 40));
      data.write(bytes("there"));
      assertThat(pair.reads(5)).isEqualTo("there");
      pair.shared().setOption("TCP_NODELAY", true);
      assertOthersAreServed();
    }
    assertThat(client.replyTo(waiting)).isInstanceOf(Reply.Done.class);
    assertThat(pair.plain().getInputStream().read()).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE})
  void shouldSurviveAnyPosition(long position) throws Exception {
    try (WireClient data = connected()) {
      client.send(new Request.Shutdown(descriptor, Direction.SEND, position));
      assertOthersAreServed();
      client.close();
      data.assertEnds();
    }
    await().atMost(SOON).until(() -> observer.streams() == 0);
  }

  // ---- what a Unix connection can carry besides bytes

  @Test
  void shouldCloseFdsThatComeWithBytes() throws Exception {
    try (PythonProgram python = new PythonProgram("stream-client.py", broker.socket().toString())) {
      python.say("attach " + token(pair.shared(), python));
      python.say("connect " + python.line());
      assertThat(python.line()).isEqualTo("Done");
      python.say("write first");
      assertThat(pair.reads(5)).isEqualTo("first");
      await().atMost(SOON).until(() -> observer.streams() == 1);
      int before = broker.fdCount();
      python.line();
      for (int i = 0; i < 20; i++) {
        python.say("fds bytes");
        assertThat(python.line()).isEqualTo("ok");
        assertThat(pair.reads(5)).isEqualTo("bytes");
      }
      await().atMost(SOON).until(() -> broker.fdCount() <= before);
      assertOthersAreServed();
    }
  }

  @Test
  void shouldSurviveUrgentBytes() throws Exception {
    try (PythonProgram python = new PythonProgram("stream-client.py", broker.socket().toString())) {
      python.say("attach " + token(pair.shared(), python));
      python.say("connect " + python.line());
      assertThat(python.line()).isEqualTo("Done");
      for (int i = 0; i < 5; i++) {
        python.say("write first");
        assertThat(python.line()).isEqualTo("ok");
        python.say("urgent !");
        assertThat(python.line()).isEqualTo("ok");
        python.say("write last.");
        assertThat(python.line()).isEqualTo("ok");
        StringBuilder received = new StringBuilder();
        while (received.indexOf(".") < 0) {
          received.append(pair.reads(1));
        }
        assertThat(received.toString()).as("with or without it").isIn("firstlast.", "first!last.");
      }
      assertOthersAreServed();
    }
  }

  // ---- many

  @Test
  void shouldFreeHundredsOfStreamsOfAKilledProcess() throws Exception {
    int count = 300;
    try (PythonProgram python = new PythonProgram("stream-client.py", broker.socket().toString());
        ServerSocket server = new ServerSocket(0, count, LOOPBACK)) {
      FutureTask<Integer> serving = begin(() -> readAll(server, count));
      python.say("many " + server.getLocalPort() + " " + count);
      assertThat(python.line()).isEqualTo(count + " streams");
      assertThat(observer.streams()).isEqualTo(count);
      assertThat(broker.fdCount()).isGreaterThanOrEqualTo(fds + 2 * count);
      python.kill();
      await().atMost(SOON).until(() -> observer.streams() == 0);
      assertThat(serving.get(30, SECONDS)).as("bytes that were written").isEqualTo(3 * count);
    }
    await().atMost(SOON).until(() -> broker.fdCount() <= fds);
    assertThat(Command.to(broker.socket()).run("show", "--broker").out())
        .containsPattern("streams +0\n");
  }

  private static int readAll(ServerSocket server, int count) throws IOException {
    int total = 0;
    Socket[] peers = new Socket[count];
    for (int i = 0; i < count; i++) {
      peers[i] = server.accept();
    }
    for (Socket peer : peers) {
      total += peer.getInputStream().readAllBytes().length;
      peer.close();
    }
    return total;
  }

  @Test
  void shouldAttachAndDetachWithoutEnd() throws Exception {
    for (int i = 0; i < 500; i++) {
      client.send(new Request.AttachStream(descriptor));
      client.send(new Request.DetachStream(descriptor));
    }
    for (int i = 0; i < 500; i++) {
      assertThat(client.next().message()).isInstanceOf(Reply.Stream.class);
      assertThat(client.next().message()).isInstanceOf(Reply.Done.class);
    }
    assertThat(observer.streams()).isZero();
    await().atMost(SOON).until(() -> broker.fdCount() <= fds);
  }

  // ---- limits

  @Test
  void shouldRefuseAStreamWithoutRoomForItsFd() throws Exception {
    try (BrokerProcess small = BrokerProcess.start("--limit=file-descriptors=2");
        WireClient session = WireClient.welcomed(small.socket());
        ServerSocket server = new ServerSocket(0, 4, LOOPBACK)) {
      Address peer = Address.inet("127.0.0.1", server.getLocalPort());
      Request open = Request.Open.of(Family.INET, SocketType.STREAM);
      long first = session.ask(Reply.Opened.class, open).descriptor();
      session.ask(Reply.Addresses.class, new Request.Connect(first, peer, -1L));
      long second = session.ask(Reply.Opened.class, open).descriptor();
      session.refused(Errno.ENFILE, new Request.AttachStream(first));
      session.ask(Reply.Done.class, new Request.Close(second));
      session.ask(Reply.Stream.class, new Request.AttachStream(first));
      session.refused(Errno.ENFILE, open);
      session.ask(Reply.Done.class, new Request.DetachStream(first));
      session.ask(Reply.Opened.class, open);
    }
  }

  @Test
  void shouldMoveBytesInFramesWithoutRoomForAStream() throws Exception {
    try (BrokerProcess small = BrokerProcess.start("--limit=file-descriptors=2");
        WireClient watcher = WireClient.welcomed(small.socket());
        ServerSocket server = new ServerSocket(0, 4, LOOPBACK)) {
      BrokerSocketFactory factory = new BrokerSocketFactory(small.socket().toString());
      try (Socket first = factory.createSocket(LOOPBACK, server.getLocalPort());
          Socket firstPeer = server.accept();
          Socket second = factory.createSocket(LOOPBACK, server.getLocalPort());
          Socket secondPeer = server.accept()) {
        for (int i = 0; i < 3; i++) {
          assertEchoes(first, firstPeer);
          assertEchoes(second, secondPeer);
        }
        assertThat(watcher.streams()).isZero();
      }
    }
  }

  private static void assertEchoes(Socket socket, Socket peer) throws IOException {
    socket.setSoTimeout((int) SOON.toMillis());
    peer.setSoTimeout((int) SOON.toMillis());
    socket.getOutputStream().write("there".getBytes(UTF_8));
    assertThat(peer.getInputStream().readNBytes(5)).isEqualTo("there".getBytes(UTF_8));
    peer.getOutputStream().write("back".getBytes(UTF_8));
    assertThat(socket.getInputStream().readNBytes(4)).isEqualTo("back".getBytes(UTF_8));
  }

  /** A client that does not read its session is told later, and its stream goes on. */
  @Test
  void shouldTellWhoReadsLateHowTheStreamEnded() throws Exception {
    int questions;
    try (WireClient data = connected()) {
      questions = client.askUntilItIsFull(observer, descriptor);
      pair.sends("last");
      pair.plain().shutdownOutput();
      assertThat(data.bytes(4)).isEqualTo(bytes("last"));
      data.skipToEnd();
    }
    assertOthersAreServed();
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < questions; ) {
      if (client.next().message() instanceof Event event) {
        events.add(event);
      } else {
        i++;
      }
    }
    assertThat(pair.shared().receive(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
    assertThat(events.isEmpty() ? client.event() : events.get(0))
        .isEqualTo(new Event.StreamEnded(descriptor, Direction.RECEIVE, 0));
  }
}
