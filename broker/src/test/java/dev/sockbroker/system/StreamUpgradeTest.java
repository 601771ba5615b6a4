package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams in every state while the broker is replaced (rule 68). */
@Timeout(300)
class StreamUpgradeTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int UPGRADES = 3;
  private static final int TOO_MUCH = 64 << 20;

  @TempDir private static Path directory;

  private static PausedUpgrade upgrade;
  private static BrokerProcess broker;

  @BeforeAll
  static void start() throws IOException {
    upgrade = new PausedUpgrade(directory);
    broker = upgrade.broker();
  }

  @AfterAll
  static void stop() {
    upgrade.close();
  }

  /** A connection with a stream, and its other end. */
  private record Lane(SharedSocket socket, SocketStream stream, Socket peer)
      implements AutoCloseable {
    static Lane of(Broker client) throws IOException {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        SharedSocket socket = client.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept();
        peer.setSoTimeout((int) SOON.toMillis());
        return new Lane(socket, socket.stream(), peer);
      }
    }

    /** Writes as much as possible while the peer does not read. Returns how much. */
    int fill() {
      ByteBuffer much = ByteBuffer.wrap(PatternBytes.from(0, TOO_MUCH));
      int written;
      do {
        written = much.position();
        assertThatThrownBy(() -> stream.write(much, Duration.ofMillis(250)))
            .isInstanceOf(SocketTimeoutException.class);
      } while (much.position() > written);
      return written;
    }

    @Override
    public void close() throws IOException {
      peer.close();
      socket.close();
    }
  }

  private static SharedSocket shared(SharedSocket socket, Broker with) throws IOException {
    return with.redeem(socket.duplicate(Target.session(with.session()), Rights.all()));
  }

  private static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(30, SECONDS);
  }

  private static int playPingPong(Lane lane, AtomicBoolean stop) throws IOException {
    InputStream in = lane.stream.inputStream();
    int rounds = 0;
    while (!stop.get()) {
      lane.stream.outputStream().write(rounds);
      assertThat(lane.peer.getInputStream().read()).isEqualTo(rounds & 0xff);
      lane.peer.getOutputStream().write(rounds + 1);
      assertThat(in.read()).isEqualTo((rounds + 1) & 0xff);
      rounds++;
    }
    return rounds;
  }

  @Test
  void shouldCarryEveryByteOnceAndWakeWhoSleeps() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Broker client = Broker.connect(broker.socket());
        Lane fast = Lane.of(client);
        Lane small = Lane.of(client);
        Lane asleep = Lane.of(client)) {
      FutureTask<Long> sending =
          begin(() -> PatternBytes.writeUntil(stop, fast.stream.outputStream()));
      FutureTask<Long> peerSending =
          begin(() -> PatternBytes.writeUntil(stop, fast.peer.getOutputStream()));
      FutureTask<Long> received = begin(() -> PatternBytes.readToEnd(fast.stream.inputStream(), 0));
      FutureTask<Long> peerReceived =
          begin(() -> PatternBytes.readToEnd(fast.peer.getInputStream(), 0));
      FutureTask<Integer> rounds = begin(() -> playPingPong(small, stop));
      FutureTask<Integer> sleeping = begin(() -> asleep.stream.inputStream().read());
      for (int i = 0; i < UPGRADES - 1; i++) {
        broker.upgrade();
      }
      assertThat(sleeping).isNotDone();
      // nobody serves in the pause
      upgrade.during(
          () -> {
            asleep.peer.getOutputStream().write('!');
            asleep.stream.outputStream().write("heard".getBytes(UTF_8));
          });
      assertThat(get(sleeping)).isEqualTo('!');
      assertThat(asleep.peer.getInputStream().readNBytes(5)).isEqualTo("heard".getBytes(UTF_8));
      stop.set(true);
      assertThat(get(rounds)).isGreaterThan(UPGRADES);
      long sent = get(sending);
      long peerSent = get(peerSending);
      fast.socket.shutdown(Direction.SEND);
      fast.peer.shutdownOutput();
      assertThat(get(peerReceived)).isEqualTo(sent).isGreaterThan(1 << 20);
      assertThat(get(received)).isEqualTo(peerSent).isGreaterThan(1 << 20);
    }
  }

  @Test
  void shouldKeepTheKeyOfAClientThatHasNotConnected() throws Exception {
    try (WireClient client = WireClient.welcomed(broker.socket());
        Broker opener = Broker.connect(broker.socket());
        Loopback pair = Loopback.connect(opener)) {
      long descriptor = client.redeem(pair.shared());
      Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
      pair.plain().getOutputStream().write("before".getBytes(UTF_8));
      broker.upgrade();
      client.refused(Errno.EBUSY, new Request.AttachStream(descriptor));
      broker.upgrade();
      try (WireClient data = WireClient.connect(broker.socket());
          WireClient thief = WireClient.connect(broker.socket())) {
        assertThat(data.ask(new Request.StreamHello(stream.key()))).isInstanceOf(Reply.Done.class);
        thief.send(new Request.StreamHello(stream.key()));
        thief.assertEndsWith(Errno.EINVAL);
        assertThat(data.bytes(6)).isEqualTo(ByteBuffer.wrap("before".getBytes(UTF_8)));
        data.write(ByteBuffer.wrap("after".getBytes(UTF_8)));
        assertThat(pair.plain().getInputStream().readNBytes(5)).isEqualTo("after".getBytes(UTF_8));
      }
    }
  }

  private static WireClient connected(WireClient client, long descriptor) throws IOException {
    Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
    WireClient data = WireClient.connect(broker.socket());
    assertThat(data.ask(new Request.StreamHello(stream.key()))).isInstanceOf(Reply.Done.class);
    return data;
  }

  /** The hello and bytes behind it arrive while nobody serves. */
  @Test
  void shouldConnectInThePause() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        WireClient session = WireClient.welcomed(broker.socket());
        Loopback pair = Loopback.connect(client)) {
      long descriptor = session.redeem(pair.shared());
      Reply.Stream stream = session.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
      pair.plain().getOutputStream().write("waiting".getBytes(UTF_8));
      List<WireClient> data = new ArrayList<>();
      upgrade.during(
          () -> {
            WireClient it = WireClient.connect(broker.socket());
            data.add(it);
            it.send(new Request.StreamHello(stream.key()));
            it.write(ByteBuffer.wrap(PatternBytes.from(0, 20_000)));
          });
      try (WireClient it = data.get(0)) {
        assertThat(it.next().message()).isInstanceOf(Reply.Done.class);
        assertThat(it.bytes(7)).isEqualTo(ByteBuffer.wrap("waiting".getBytes(UTF_8)));
        assertThat(PatternBytes.read(pair.plain().getInputStream(), 0, 20_000)).isEqualTo(20_000);
      }
    }
  }

  @Test
  void shouldContinueWhatIsBlockedInBothDirections() throws Exception {
    int count = 10_000_000;
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      FutureTask<Void> peerSending =
          begin(() -> PatternBytes.write(lane.peer.getOutputStream(), count));
      int written = lane.fill();
      broker.upgrade();
      assertThat(peerSending).isNotDone();
      InputStream in = lane.stream.inputStream();
      assertThat(PatternBytes.read(in, 0, 1_000_000)).isEqualTo(1_000_000);
      InputStream peerIn = lane.peer.getInputStream();
      assertThat(PatternBytes.read(peerIn, 0, written / 2)).isEqualTo(written / 2);
      broker.upgrade();
      assertThat(PatternBytes.read(in, 1_000_000, count)).isEqualTo(count);
      get(peerSending);
      assertThat(PatternBytes.read(peerIn, written / 2, written)).isEqualTo(written);
      lane.stream.write(ByteBuffer.wrap("on".getBytes(UTF_8)));
      assertThat(peerIn.readNBytes(2)).isEqualTo("on".getBytes(UTF_8));
    }
  }

  /** Half of it is sent before the upgrade, and half of it later. */
  @Test
  void shouldDrainWhatSomebodyHasLeft() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        Broker next = Broker.connect(broker.socket());
        Lane lane = Lane.of(client);
        Lane last = Lane.of(next)) {
      SharedSocket other = shared(lane.socket, next);
      int written = lane.fill();
      lane.stream.detach();
      CompletableFuture<Integer> behind =
          other.sendAsync(ByteBuffer.wrap("next".getBytes(UTF_8)), Broker.FOREVER);
      int lastWritten = last.fill();
      last.socket.close();
      broker.upgrade();
      assertThat(behind).isNotDone();
      assertThat(lane.stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
      InputStream in = lane.peer.getInputStream();
      assertThat(PatternBytes.read(in, 0, written / 2)).isEqualTo(written / 2);
      broker.upgrade();
      assertThat(PatternBytes.read(in, written / 2, written)).isEqualTo(written);
      assertThat(behind.get(30, SECONDS)).isEqualTo(4);
      assertThat(in.readNBytes(4)).isEqualTo("next".getBytes(UTF_8));
      assertThat(PatternBytes.readToEnd(last.peer.getInputStream(), 0)).isEqualTo(lastWritten);
    }
  }

  /** What a session that has ended wrote, through a stream and as the socket's last holder. */
  @Test
  void shouldDrainForASessionThatHasEnded() throws Exception {
    try (Broker client = Broker.connect(broker.socket())) {
      Broker doomed = Broker.connect(broker.socket());
      Lane alone = Lane.of(doomed);
      Lane both = Lane.of(doomed);
      SharedSocket other = shared(both.socket, client);
      int aloneWritten = alone.fill();
      int written = both.fill();
      doomed.close();
      broker.upgrade();
      assertThat(PatternBytes.readToEnd(alone.peer.getInputStream(), 0)).isEqualTo(aloneWritten);
      assertThat(PatternBytes.read(both.peer.getInputStream(), 0, written)).isEqualTo(written);
      other.send(ByteBuffer.wrap("next".getBytes(UTF_8)), SOON);
      assertThat(both.peer.getInputStream().readNBytes(4)).isEqualTo("next".getBytes(UTF_8));
      alone.peer.close();
      both.peer.close();
    }
  }

  @Test
  void shouldKeepPositions() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      int first = lane.fill();
      CompletableFuture<Object> set = lane.socket.setOptionAsync("TCP_NODELAY", true);
      FutureTask<Void> shutting =
          begin(
              () -> {
                lane.socket.shutdown(Direction.SEND);
                return null;
              });
      broker.upgrade();
      assertThat(set).isNotDone();
      assertThat(shutting).isNotDone();
      assertThat(PatternBytes.readToEnd(lane.peer.getInputStream(), 0)).isEqualTo(first);
      get(shutting);
      assertThat(set.get(30, SECONDS)).isEqualTo(true);
      lane.peer.getOutputStream().write("still".getBytes(UTF_8));
      assertThat(lane.stream.inputStream().readNBytes(5)).isEqualTo("still".getBytes(UTF_8));
    }
  }

  /** The position counts from the hello on, also in a broker that has not seen it. */
  @Test
  void shouldCountOnFromWhatWasSentBefore() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      PatternBytes.write(lane.stream.outputStream(), 100_000);
      InputStream in = lane.peer.getInputStream();
      assertThat(PatternBytes.read(in, 0, 100_000)).isEqualTo(100_000);
      broker.upgrade();
      FutureTask<Void> writing =
          begin(() -> PatternBytes.write(lane.stream.outputStream(), 5_000_000));
      FutureTask<Long> reading = begin(() -> PatternBytes.readToEnd(in, 0));
      get(writing);
      lane.socket.shutdown(Direction.SEND);
      assertThat(get(reading)).isEqualTo(5_000_000);
    }
  }

  /** A session that does not read is told about the ends of its streams when it reads again. */
  @Test
  void shouldReportEndsToASessionThatDoesNotRead() throws Exception {
    try (Broker opener = Broker.connect(broker.socket());
        WireClient client = WireClient.welcomed(broker.socket());
        WireClient observer = WireClient.welcomed(broker.socket());
        Loopback pair = Loopback.connect(opener);
        Loopback left = Loopback.connect(opener)) {
      long descriptor = client.redeem(pair.shared());
      long leftDescriptor = client.redeem(left.shared());
      WireClient data = connected(client, descriptor);
      WireClient leftData = connected(client, leftDescriptor);
      int questions = client.askUntilItIsFull(observer, descriptor);
      pair.plain().shutdownOutput();
      data.skipToEnd();
      left.plain().setSoLinger(true, 0);
      left.plain().close();
      leftData.skipToEnd();
      leftData.close();
      broker.upgrade();
      broker.upgrade();
      List<Event> events = new ArrayList<>();
      for (int answers = 0; answers < questions; ) {
        if (client.next().message() instanceof Event event) {
          events.add(event);
        } else {
          answers++;
        }
      }
      while (events.size() < 2) {
        events.add(client.event());
      }
      assertThat(events)
          .contains(
              new Event.StreamEnded(descriptor, Direction.RECEIVE, 0),
              new Event.StreamEnded(leftDescriptor, Direction.RECEIVE, Errno.ECONNRESET));
      data.write(ByteBuffer.wrap("still".getBytes(UTF_8)));
      assertThat(pair.plain().getInputStream().readNBytes(5)).isEqualTo("still".getBytes(UTF_8));
      data.close();
    }
  }

  @Test
  void shouldFreeEverythingAfterwards() throws Exception {
    try (WireClient observer = WireClient.welcomed(broker.socket());
        Broker keeper = Broker.connect(broker.socket());
        Loopback pair = Loopback.connect(keeper)) {
      Broker client = Broker.connect(broker.socket());
      SharedSocket socket = shared(pair.shared(), client);
      SocketStream stream = socket.stream();
      Loopback waiting = Loopback.connect(keeper);
      WireClient session = WireClient.welcomed(broker.socket());
      session.ask(Reply.Stream.class, new Request.AttachStream(session.redeem(waiting.shared())));
      broker.upgrade();
      assertThat(observer.streams()).isGreaterThanOrEqualTo(2);
      stream.write(ByteBuffer.wrap("x".getBytes(UTF_8)));
      client.close();
      session.close();
      await().atMost(SOON).until(() -> observer.streams() == 0);
      assertThat(pair.plain().getInputStream().read()).isEqualTo('x');
      SocketStream next = pair.shared().stream();
      SocketStream other = waiting.shared().stream();
      next.write(ByteBuffer.wrap("y".getBytes(UTF_8)));
      other.write(ByteBuffer.wrap("z".getBytes(UTF_8)));
      assertThat(pair.plain().getInputStream().read()).isEqualTo('y');
      assertThat(waiting.plain().getInputStream().read()).isEqualTo('z');
      waiting.close();
    }
  }

  /** The descriptor of a stream is closed and another one is opened while nobody serves. */
  @Test
  void shouldHandleWhatCameInThePauseInOrder() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        Broker next = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      SharedSocket other = shared(lane.socket, next);
      List<FutureTask<?>> done = new ArrayList<>();
      upgrade.during(
          () -> {
            lane.stream.write(ByteBuffer.wrap("last words".getBytes(UTF_8)));
            done.add(
                begin(
                    () -> {
                      lane.stream.close();
                      return null;
                    }));
          });
      done.get(0).get(30, SECONDS);
      other.send(ByteBuffer.wrap(", next".getBytes(UTF_8)), SOON);
      assertThat(lane.peer.getInputStream().readNBytes(16))
          .isEqualTo("last words, next".getBytes(UTF_8));
      assertThatThrownBy(() -> other.receive(ByteBuffer.allocate(1), Duration.ZERO))
          .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EAGAIN));
    }
  }
}
