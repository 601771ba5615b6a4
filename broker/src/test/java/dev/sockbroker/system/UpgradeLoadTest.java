package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.system.UpgradeWitness.Pair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that send and receive much while the broker is replaced: every byte once. One broker is
 * upgraded more than ten times in a row here.
 */
@Timeout(300)
class UpgradeLoadTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Nearly as many as a broker allows with a limit of 20,000 open files. */
  private static final int MANY_SESSIONS = 2400;

  private static final int PIECE = 1 << 16;

  /** Longer than the way into the pause, and shorter than the longest pause. */
  private static final long TIME_MILLIS = 5000;

  @TempDir private static Path directory;

  private static PausedUpgrade upgrade;
  private static BrokerProcess broker;
  private WireClient client;

  @BeforeAll
  static void start() throws IOException {
    upgrade = new PausedUpgrade(directory);
    broker = upgrade.broker();
  }

  @AfterAll
  static void stop() {
    upgrade.close();
  }

  @BeforeEach
  void connect() throws IOException {
    client = WireClient.welcomed(broker.socket());
  }

  @AfterEach
  void close() throws IOException {
    client.close();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer sendFrame(long id, long descriptor, byte[] payload) {
    Request send = Request.Send.of(descriptor, Request.FOREVER);
    ByteBuffer head = new FrameCodec().encode(id, send, payload.length);
    return ByteBuffer.allocate(head.remaining() + payload.length).put(head).put(payload).flip();
  }

  // ---- many requests

  /** A client that keeps the broker's input full, and checks each reply. */
  private static final class Flood implements Callable<Long> {
    private static final int WAITING_MAX = 1000;

    private final WireClient client;
    private final long descriptor;
    private final AtomicBoolean stop;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Random random = new Random(7);
    private ByteBuffer frame = ByteBuffer.allocate(0);
    private long asked = 1000;
    private long answered = 1000;

    Flood(WireClient client, long descriptor, AtomicBoolean stop) {
      this.client = client;
      this.descriptor = descriptor;
      this.stop = stop;
    }

    @Override
    public Long call() throws IOException {
      while (!stop.get()) {
        write();
        readOne();
      }
      client.write(frame);
      while (answered < asked) {
        readOne();
      }
      return answered;
    }

    /** Writes as much as the kernel takes. */
    private void write() throws IOException {
      while (asked - answered < WAITING_MAX) {
        if (!frame.hasRemaining()) {
          byte[] payload = new byte[1 + random.nextInt(500)];
          random.nextBytes(payload);
          sent.writeBytes(payload);
          frame = sendFrame(++asked, descriptor, payload);
        }
        if (client.writeSome(frame) == 0) {
          return;
        }
      }
    }

    private void readOne() throws IOException {
      assertThat(client.replyTo(++answered)).isInstanceOf(Reply.Sent.class);
    }
  }

  @Test
  void shouldAnswerAFloodInItsOrder() throws Exception {
    try (Pair pair = Pair.of(client)) {
      AtomicBoolean stop = new AtomicBoolean();
      Flood flood = new Flood(client, pair.descriptor(), stop);
      ByteArrayOutputStream taken = new ByteArrayOutputStream();
      FutureTask<Long> taking = begin(() -> pair.peer().getInputStream().transferTo(taken));
      FutureTask<Long> flooding = begin(flood);
      for (int i = 0; i < 3; i++) {
        broker.upgrade();
      }
      stop.set(true);
      assertThat(flooding.get(60, SECONDS)).isGreaterThan(10_000);
      client.ask(Reply.Done.class, new Request.Close(pair.descriptor()));
      taking.get(60, SECONDS);
      assertThat(Arrays.equals(taken.toByteArray(), flood.sent.toByteArray()))
          .as("%d bytes of %d", taken.size(), flood.sent.size())
          .isTrue();
    }
  }

  @Test
  void shouldKeepManySessions() throws Exception {
    List<WireClient> all = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    List<Long> waiting = new ArrayList<>();
    try (BrokerProcess broker = BrokerProcess.start("--limit", "user-sessions=" + MANY_SESSIONS);
        DatagramSocket sender = new DatagramSocket()) {
      for (int i = 0; i < MANY_SESSIONS; i++) {
        WireClient next = WireClient.welcomed(broker.socket());
        all.add(next);
        Request open =
            Request.Open.of(Family.INET, SocketType.DGRAM).boundTo(Address.inet("127.0.0.1", 0));
        Reply.Opened opened = next.ask(Reply.Opened.class, open);
        ports.add(opened.local().port());
        waiting.add(
            next.send(
                new Request.Receive(opened.descriptor(), 100, Request.FOREVER, false, false)));
      }
      broker.upgrade();
      for (int i = 0; i < MANY_SESSIONS; i++) {
        byte[] data = ("to " + i).getBytes(US_ASCII);
        InetSocketAddress to =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(i));
        sender.send(new DatagramPacket(data, data.length, to));
      }
      for (int i = 0; i < MANY_SESSIONS; i++) {
        all.get(i).replyTo(waiting.get(i));
        assertThat(US_ASCII.decode(all.get(i).payload()).toString()).isEqualTo("to " + i);
      }
    } finally {
      for (WireClient it : all) {
        it.close();
      }
    }
  }

  // ---- unread replies

  /** Leaves replies with a MiB in all unread. */
  private List<Long> leaveUnread(Pair pair, byte[] data) throws Exception {
    begin(
        () -> {
          pair.peer().getOutputStream().write(data);
          pair.peer().shutdownOutput();
          return null;
        });
    List<Long> asked = new ArrayList<>();
    for (int i = 0; i < data.length / PIECE; i++) {
      asked.add(
          client.send(
              new Request.Receive(pair.descriptor(), PIECE, Request.FOREVER, false, false)));
    }
    try (WireClient observer = WireClient.welcomed(broker.socket())) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).bufferedBytes()
                      > 4 * PIECE);
    }
    return asked;
  }

  private static void takePayload(WireClient from, long requestId, ByteArrayOutputStream into)
      throws IOException {
    assertThat(from.replyTo(requestId)).isInstanceOf(Reply.Received.class);
    byte[] bytes = new byte[from.payload().remaining()];
    from.payload().get(bytes);
    into.writeBytes(bytes);
  }

  /** Receives until the peer's end. */
  private static void takeRest(WireClient by, long descriptor, ByteArrayOutputStream into)
      throws IOException {
    int before;
    do {
      before = into.size();
      long id = by.send(new Request.Receive(descriptor, PIECE, Request.FOREVER, false, false));
      takePayload(by, id, into);
    } while (into.size() > before);
  }

  @Test
  void shouldKeepAMebibyteThatTheClientHasNotRead() throws Exception {
    byte[] data = random(1 << 20);
    try (Pair pair = Pair.of(client)) {
      List<Long> asked = leaveUnread(pair, data);
      broker.upgrade();
      broker.upgrade();
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      for (long id : asked) {
        takePayload(client, id, got);
      }
      takeRest(client, pair.descriptor(), got);
      assertThat(got.toByteArray()).isEqualTo(data);
    }
  }

  /** Ended sessions whose clients have not read all replies yet. */
  @Test
  void shouldCloseConnectionsThatWereClosing() throws Exception {
    try (WireClient deaf = WireClient.welcomed(broker.socket());
        WireClient administrator = WireClient.connect(broker.socket())) {
      administrator.hello(true);
      for (WireClient it : List.of(client, deaf)) {
        leaveUnread(it);
        administrator.ask(Reply.Done.class, new Request.EndSession(it.welcome().session()));
      }
      broker.upgrade();
      client.close();
      // the broker also closes the other one, although its client does not read
      await().atMost(SOON).until(() -> connections() == 1);
      assertThat(broker.log()).noneMatch(line -> line.contains(" ERROR "));
    }
  }

  @Test
  void shouldEndASessionWhoseClientLeavesInThePauseWithUnreadReplies() throws Exception {
    try (WireClient leaving = WireClient.welcomed(broker.socket());
        WireClient observer = WireClient.welcomed(broker.socket())) {
      leaving.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM));
      int sockets = observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).sockets();
      leaving.send(new Request.Ping());
      observer.ask(Reply.Done.class, new Request.Ping());
      upgrade.beforeRestore(leaving::close);
      await()
          .atMost(SOON)
          .until(
              () ->
                  observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).sockets()
                      == sockets - 1);
      assertThat(broker.log()).noneMatch(line -> line.contains(" ERROR "));
    }
  }

  private static void leaveUnread(WireClient client) throws IOException {
    ByteBuffer frame = new FrameCodec().encode(1_000, new Request.ListOptions(4711), 0);
    while (client.writeSome(frame) > 0) {
      frame.rewind();
    }
  }

  /** The number of the broker's connections to clients. */
  private static long connections() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/net/unix"))) {
      String path = broker.socket().toString();
      // 03: connected; the listener has another state
      return lines.filter(it -> it.endsWith(" " + path) && it.contains(" 03 ")).count();
    }
  }

  @Test
  void shouldReturnToTheSocketWhatTheClientNeverReads() throws Exception {
    byte[] data = random(1 << 20);
    try (Pair pair = Pair.of(client);
        WireClient other = WireClient.welcomed(broker.socket())) {
      long session = other.welcome().session();
      String token =
          client
              .ask(Reply.Duplicated.class, Request.Duplicate.toSession(pair.descriptor(), session))
              .token();
      long mine = other.ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
      leaveUnread(pair, data);
      broker.upgrade();
      client.close();
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      takeRest(other, mine, got);
      // The kernel had given the first of them to the client.
      assertThat(got.size()).isBetween(4 * PIECE, data.length - 1);
      assertThat(got.toByteArray())
          .isEqualTo(Arrays.copyOfRange(data, data.length - got.size(), data.length));
    }
  }

  // ---- at the worst moment

  /** The rest of a frame must come within 10 s, so the first part comes just before the pause. */
  @Test
  void shouldPutTheHalvesOfFramesTogether() throws Exception {
    byte[] payload = random(100_000);
    List<WireClient> all = new ArrayList<>();
    List<Pair> pairs = new ArrayList<>();
    List<ByteBuffer> frames = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        all.add(WireClient.welcomed(broker.socket()));
        pairs.add(Pair.of(all.get(i)));
        frames.add(sendFrame(100, pairs.get(i).descriptor(), payload));
      }
      int[] parts = {10, 60, 50_000};
      upgrade.upgrade(
          () -> {
            for (int i = 0; i < parts.length; i++) {
              writeNext(all.get(i), frames.get(i), parts[i]);
            }
          },
          () -> {
            for (int i = 0; i < parts.length; i++) {
              writeNext(all.get(i), frames.get(i), i == 2 ? 10_000 : frames.get(i).remaining());
            }
          });
      for (int i = 0; i < parts.length; i++) {
        all.get(i).write(frames.get(i));
        InputStream in = pairs.get(i).peer().getInputStream();
        assertThat(in.readNBytes(payload.length)).isEqualTo(payload);
        assertThat(all.get(i).replyTo(100)).isInstanceOf(Reply.Sent.class);
        all.get(i).ask(Reply.Done.class, new Request.Ping());
      }
    } finally {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).close();
        pairs.get(i).close();
      }
    }
  }

  private static void writeNext(WireClient client, ByteBuffer frame, int count) throws IOException {
    client.write(frame.slice(frame.position(), count));
    frame.position(frame.position() + count);
  }

  @Test
  void shouldReplaceARegistrationBeforeAndInThePause() throws Exception {
    try (Pair pair = Pair.of(client);
        WireClient other = WireClient.welcomed(broker.socket())) {
      String token =
          client
              .ask(
                  Reply.Duplicated.class,
                  Request.Duplicate.toSession(pair.descriptor(), other.welcome().session()))
              .token();
      long others = other.ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
      long first = number(client, client.send(read(pair.descriptor())));
      long[] asked = new long[1];
      upgrade.after(() -> asked[0] = other.send(read(others)));
      long second = number(other, asked[0]);
      assertThat(((Event.Replaced) client.event()).number()).isEqualTo(first);
      pair.send("a");
      assertThat(other.event()).isEqualTo(new Event.Network(others, NetworkEvent.READ, 0, second));

      upgrade.during(
          () -> {
            asked[0] = client.send(read(pair.descriptor()));
            pair.send("b");
          });
      long third = number(client, asked[0]);
      assertThat(List.of(first, second)).doesNotContain(third);
      assertThat(((Event.Replaced) other.event()).number()).isEqualTo(second);
      assertThat(client.event())
          .isEqualTo(new Event.Network(pair.descriptor(), NetworkEvent.READ, 0, third));
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      takePayload(client, client.send(Request.Receive.of(pair.descriptor())), got);
      assertThat(got.toString(US_ASCII)).isEqualTo("ab");
    }
  }

  private static Request read(long descriptor) {
    return new Request.AsyncSelect(descriptor, Set.of(NetworkEvent.READ));
  }

  private static long number(WireClient client, long requestId) throws IOException {
    return ((Reply.Registered) client.replyTo(requestId)).number();
  }

  /** UP-06: what can be served after the pause is served, even if its time has passed in it. */
  @Test
  void shouldServeBeforeItEndsWhatIsDue() throws Exception {
    try (Pair pair = Pair.of(client)) {
      long[] receive = new long[1];
      long[] due = new long[1];
      upgrade.upgrade(
          () -> {
            receive[0] =
                client.send(new Request.Receive(pair.descriptor(), 5, TIME_MILLIS, false, false));
            due[0] = System.nanoTime() + TIME_MILLIS * 1_000_000;
          },
          () -> {
            pair.send("hello");
            await().atMost(SOON).until(() -> System.nanoTime() - due[0] > 0);
          });
      assertThat(client.replyTo(receive[0])).isInstanceOf(Reply.Received.class);
      assertThat(US_ASCII.decode(client.payload()).toString()).isEqualTo("hello");
    }
  }
}
