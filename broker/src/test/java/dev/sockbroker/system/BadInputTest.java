package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MessageTypes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bytes that no honest client writes, and clients that stop in the middle. The broker reports the
 * mistake once and ends that session. It keeps answering another session, and releases everything
 * that it opened for the misbehaving one.
 */
@WithBroker
class BadInputTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Address LOOPBACK = Address.inet("127.0.0.1", 0);
  private static BrokerProcess broker;

  private WireClient bystander;
  private Reply.BrokerInfo before;
  private int fdsBefore;

  @BeforeAll
  static void start() throws Exception {
    // the first jcmd makes the JVM open a socket, which stays open
    LiveObjects.of(broker);
  }

  @BeforeEach
  void standBy() throws IOException {
    bystander = WireClient.welcomed(broker.socket());
    awaitOneSession();
    before = info();
    fdsBefore = broker.fdCount();
  }

  @AfterEach
  void standDown() throws IOException {
    try {
      assertThatTheBrokerIsAsItWas();
    } finally {
      bystander.close();
    }
  }

  private void assertThatTheBrokerIsAsItWas() throws IOException {
    awaitOneSession();
    Reply.BrokerInfo after = info();
    assertThat(List.of(after.sockets(), after.descriptors(), after.tokens(), after.eventObjects()))
        .isEqualTo(
            List.of(
                before.sockets(), before.descriptors(), before.tokens(), before.eventObjects()));
    assertThat(List.of(after.registrations(), after.waitingOperations(), after.watchedProcesses()))
        .isEqualTo(
            List.of(before.registrations(), before.waitingOperations(), before.watchedProcesses()));
    // The request that asks may come in pieces, which are counted until it is handled.
    await("buffered bytes").atMost(DEADLINE).until(() -> info().bufferedBytes() == 0);
    await("file descriptors").atMost(DEADLINE).until(() -> broker.fdCount() <= fdsBefore);
    assertThat(broker.log()).as("no client's mistake is the broker's").noneMatch(this::isTrouble);
  }

  private boolean isTrouble(String line) {
    return line.contains("ERROR") || line.contains("Exception") || line.startsWith("\tat ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 23, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) - 3})
  void shouldEndASessionWhoseFrameHasAnImpossibleLength(int length) throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      client.write(ByteBuffer.allocate(4).putInt(length).flip());

      assertThat(client.assertEndsWith(Errno.EPROTO).message()).contains("frame length");
      assertThatTheBystanderIsAnswered();
    }
  }

  @Test
  void shouldKeepNothingOfAnEndedSessionThatWasToLiveAsLongAsItsProcess() throws IOException {
    try (WireClient client = WireClient.connect(broker.socket())) {
      client.ask(
          Reply.Welcome.class, new Request.Hello(List.of(1), "test", false, Lifetime.PROCESS));
      client.write(ByteBuffer.allocate(4).putInt(1).flip());

      client.assertEndsWith(Errno.EPROTO);
    }
  }

  @Test
  void shouldTakeAFrameOfExactlyTheLimitAndNoLarger() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      int most = client.welcome().limits().frameBytes();
      String start = "{\"unknown\":\"";
      byte[] json = (start + "x".repeat(most - 28 - start.length() - 2) + "\"}").getBytes(UTF_8);
      client.write(frame(MessageTypes.number(Request.Ping.class), 7, json.length, json));
      assertThat(client.replyTo(7)).isEqualTo(new Reply.Done());

      ByteBuffer larger = frame(MessageTypes.number(Request.Ping.class), 8, json.length, json, 1);
      client.write(larger.limit(FrameHeader.BYTES));
      client.assertEndsWith(Errno.EPROTO);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "null",
        "{",
        "{}{}",
        "{\"a\":\u0001}",
        "[[[[[[[[[[[[[[[[[[",
        "\"\"",
        "{1:2}"
      })
  void shouldEndASessionWhoseJsonIsNone(String json) throws IOException {
    byte[] bytes = json.isEmpty() ? new byte[] {'{', '"', (byte) 0xc0, '"'} : json.getBytes(UTF_8);
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      client.write(frame(MessageTypes.number(Request.Ping.class), 7, bytes.length, bytes));

      assertThat(client.assertEndsWith(Errno.EPROTO).message()).contains("Ping");
      assertThatTheBystanderIsAnswered();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, -1, Integer.MAX_VALUE})
  void shouldEndASessionWhoseJsonIsLongerThanItsFrame(int jsonLength) throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      client.write(
          frame(MessageTypes.number(Request.Ping.class), 7, jsonLength, "{}".getBytes(UTF_8)));

      assertThat(client.assertEndsWith(Errno.EPROTO).message()).contains("JSON length");
    }
  }

  @Test
  void shouldEndASessionWhoseRequestHasNoId() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      client.send(0, new Request.Ping(), new byte[0]);

      client.assertEndsWith(Errno.EPROTO);
    }
  }

  @Test
  void shouldSayWhichVersionsItSpeaks() throws IOException {
    for (List<Integer> versions : List.of(List.<Integer>of(), List.of(0), List.of(2, 99, -1))) {
      try (WireClient client = WireClient.connect(broker.socket())) {
        client.send(new Request.Hello(versions, "from the future", false, Lifetime.CONNECTION));

        assertThat(client.assertEndsWith(Errno.EPROTONOSUPPORT).message()).contains("version 1");
      }
    }
    try (WireClient client = WireClient.connect(broker.socket())) {
      Request.Hello hello = new Request.Hello(List.of(2, 1), null, false, null);
      assertThat(client.ask(Reply.Welcome.class, hello).version()).isEqualTo(1);
      client.refused(Errno.EALREADY, hello);
    }
  }

  @Test
  void shouldEndASessionThatDoesNotBeginWithHello() throws IOException {
    for (Request first : List.of(new Request.Ping(), new Request.ShowBroker())) {
      try (WireClient client = WireClient.connect(broker.socket())) {
        client.send(first);

        assertThat(client.assertEndsWith(Errno.EPROTO).message()).contains("hello");
      }
    }
  }

  @Test
  void shouldAnswerMessagesThatMakeNoSenseAndGoOn() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      for (int type : new int[] {0, 0x3fff, 0x4001, 0x8002, 0xffff}) {
        client.write(frame(type, 7, 2, "{}".getBytes(UTF_8)));
        WireClient.assertRefused(Errno.ENOSYS, null, client.replyTo(7));
      }
      for (String json :
          List.of(
              "{}",
              "{\"events\":null}",
              "{\"events\":\"READ\"}",
              "{\"events\":[\"READ\",\"FLY\"]}",
              "{\"events\":[7]}",
              "{\"events\":[\"" + "x".repeat(900_000) + "\"]}",
              "{\"events\":[],\"events\":[]}")) {
        byte[] bytes = json.getBytes(UTF_8);
        client.write(frame(MessageTypes.number(Request.AsyncSelect.class), 8, bytes.length, bytes));
        WireClient.assertRefused(Errno.EINVAL, null, client.replyTo(8));
      }
      assertThat(client.ask(new Request.Ping())).isEqualTo(new Reply.Done());
    }
  }

  @Test
  void shouldEndASessionThatFallsSilentInTheMiddle() throws IOException {
    byte[] whole = new byte[1000];
    frame(MessageTypes.number(Request.Ping.class), 7, 0, new byte[972]).get(whole);
    List<WireClient> silent = new ArrayList<>();
    silent.add(WireClient.connect(broker.socket()));
    for (int length : new int[] {1, 4, 27, 28, 999}) {
      WireClient client = WireClient.welcomed(broker.socket());
      client.write(ByteBuffer.wrap(whole, 0, length));
      silent.add(client);
    }

    for (WireClient client : silent) {
      assertThat(client.assertEndsWith(Errno.ETIMEDOUT).message()).contains("did not arrive");
      client.close();
      assertThatTheBystanderIsAnswered();
    }
  }

  @Test
  void shouldTakeFramesInAnyPieces() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      ByteBuffer ping = frame(MessageTypes.number(Request.Ping.class), 7, 2, "{}".getBytes(UTF_8));
      while (ping.hasRemaining()) {
        client.write(ByteBuffer.wrap(new byte[] {ping.get()}));
      }
      assertThat(client.replyTo(7)).isEqualTo(new Reply.Done());
    }
  }

  @Test
  void shouldSurviveGarbage() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      try (WireClient client =
          i % 2 == 0 ? WireClient.connect(broker.socket()) : WireClient.welcomed(broker.socket())) {
        byte[] bytes = new byte[1 + random.nextInt(4096)];
        random.nextBytes(bytes);
        if (i % 3 == 0) {
          // a valid length, so that the rest is examined
          ByteBuffer.wrap(bytes).putInt(0, Math.max(24, bytes.length - 4));
          ByteBuffer.wrap(bytes).putShort(4, (short) random.nextInt(0x30));
        }
        client.write(ByteBuffer.wrap(bytes));
      } catch (IOException e) {
        // the broker ended the session before we finished writing
        assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset).*");
      }
    }
    assertThatTheBystanderIsAnswered();
  }

  @Test
  void shouldStopReadingAClientThatReadsNothingAndServeTheOthers() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      Reply.Opened opened = open(client);
      ByteBuffer request =
          new FrameCodec().encode(9, new Request.ListOptions(opened.descriptor()), 0);
      int taken = 0;
      long quietSince = System.nanoTime();
      while (System.nanoTime() - quietSince < 1_000_000_000L) {
        int count = client.writeSome(request);
        if (!request.hasRemaining()) {
          request.rewind();
        }
        if (count > 0) {
          taken += count;
          quietSince = System.nanoTime();
        }
        assertThat(taken).as("requests that it takes without being read").isLessThan(64 << 20);
      }
      assertThatTheBystanderIsAnswered();
      // it continues where it stopped, without loss, as soon as it is read
      for (int i = 0; i < taken / request.capacity(); i++) {
        Frame frame = client.next();
        assertThat(frame.message()).isInstanceOf(Reply.Options.class);
      }
    }
  }

  @Test
  void shouldBoundWhatAWatcherWhoReadsNothingMisses() throws IOException {
    try (WireClient watcher = WireClient.welcomed(broker.socket());
        WireClient busy = WireClient.welcomed(broker.socket())) {
      watcher.ask(Reply.Done.class, new Request.Watch(true));
      for (int i = 0; i < 10_000; i++) {
        long descriptor = open(busy).descriptor();
        busy.ask(Reply.Done.class, new Request.Close(descriptor));
      }
      assertThatTheBystanderIsAnswered();
      boolean lost = false;
      while (!lost) {
        lost = watcher.event() instanceof Event.Happening it && it.lost() > 0;
        if (!lost) {
          busy.ask(Reply.Done.class, new Request.Close(open(busy).descriptor()));
        }
      }
    }
  }

  @Test
  void shouldBoundTheWaitingOperationsOfASession() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      long descriptor = open(client).descriptor();
      client.ask(Reply.Addresses.class, new Request.Listen(descriptor, 1));
      int most = client.welcome().limits().waitingOperations();
      for (int i = 0; i < most; i++) {
        client.send(new Request.Accept(descriptor, -1L));
      }
      client.refused(Errno.ENOBUFS, new Request.Accept(descriptor, -1L));
      assertThat(info().waitingOperations()).isEqualTo(most);
    }
  }

  @Test
  void shouldBoundTheBytesThatWaitToBeSent() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      fillBySends(client, senderToNobody(client), 1_000_000);
      assertThatTheBystanderIsAnswered();
    }
  }

  /** The frame is stored while it arrives, and the session has no room for it (rule 20). */
  @Test
  void shouldAnswerASendThatComesInPiecesWhenTheBytesAreUsedUp() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      long sender = senderToNobody(client);
      fillBySends(client, sender, 1_000_000);
      fillBySends(client, sender, 10_000);
      long before = info().bufferedBytes();
      byte[] json = "{\"timeoutMillis\":-1}".getBytes(UTF_8);
      ByteBuffer frame =
          frame(MessageTypes.number(Request.Send.class), 7, json.length, json, 900_000)
              .putLong(16, sender);

      client.write(frame.slice(0, 500_000));
      await().atMost(DEADLINE).until(() -> info().bufferedBytes() > before);
      client.write(frame.position(500_000));

      WireClient.assertRefused(Errno.ENOBUFS, null, client.replyTo(7));
      assertThat(client.ask(new Request.Ping())).isNotNull();
    }
  }

  /** Sends until the last send finds no room. */
  private void fillBySends(WireClient client, long sender, int bytes) throws IOException {
    long most = client.welcome().limits().bufferedBytes();
    Reply refusal = null;
    for (long i = 0; refusal == null; i++) {
      assertThat(i).isLessThan(2000);
      Request send = Request.Send.of(sender, -1L);
      client.send(bytes + i, send, new byte[bytes]);
      refusal = replyBeforePong(client);
      assertThat(info().bufferedBytes()).isLessThanOrEqualTo(most);
    }
    WireClient.assertRefused(Errno.ENOBUFS, null, refusal);
  }

  @Test
  void shouldKeepNoMoreOfAWaitingSendThanItsBytes() throws IOException {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      long sender = senderToNobody(client);
      client.send(50, new Request.Send(sender, 1L << 40, null, false, -1L), new byte[1_000_000]);
      String start = "{\"timeoutMillis\":-1,\"unknown\":\"";
      byte[] json = (start + "x".repeat(900_000) + "\"}").getBytes(UTF_8);
      long rss = broker.residentBytes();
      for (int i = 0; i < 600; i++) {
        ByteBuffer frame =
            frame(MessageTypes.number(Request.Send.class), 100 + i, json.length, json, 1);
        client.write(frame.putLong(16, sender));
      }
      assertThat(client.ask(new Request.Ping())).isNotNull();
      assertThat(info().waitingOperations()).isEqualTo(601);
      assertThat(broker.residentBytes() - rss).isLessThan(300L << 20);
    }
  }

  /** A connected socket whose peer does not read. */
  private static long senderToNobody(WireClient client) throws IOException {
    long listener = open(client).descriptor();
    Address at = client.ask(Reply.Addresses.class, new Request.Listen(listener, 1)).local();
    Request fresh = Request.Open.of(Family.INET, SocketType.STREAM);
    long sender = client.ask(Reply.Opened.class, fresh).descriptor();
    client.ask(Reply.Addresses.class, new Request.Connect(sender, at, null));
    return sender;
  }

  /** The error of a request; null if it succeeded or waits. */
  private static Reply replyBeforePong(WireClient client) throws IOException {
    client.send(1, new Request.Ping(), new byte[0]);
    Reply reply = null;
    for (Frame frame = client.next(); frame.requestId() != 1; frame = client.next()) {
      reply = frame.message() instanceof Reply.Error error ? error : reply;
    }
    return reply;
  }

  @Test
  void shouldListHowLongSoeverTheClientsWordsAre() throws IOException {
    int holders = 500;
    try (WireClient client = WireClient.connect(broker.socket())) {
      String words = "\u4e2d".repeat(255);
      client.ask(
          Reply.Welcome.class, new Request.Hello(List.of(1), words, false, Lifetime.CONNECTION));
      Address bind = Address.unix("@" + "\u0001".repeat(100));
      Request open = Request.Open.of(Family.UNIX, SocketType.DGRAM).boundTo(bind).named(words, 0);
      long last = 0;
      for (int i = 0; i < holders; i++) {
        last = client.ask(Reply.Opened.class, open).descriptor();
      }
      client.ask(Reply.Addresses.class, new Request.Connect(last, bind, null));
      client.ask(
          Reply.Registered.class, new Request.AsyncSelect(last, EnumSet.allOf(NetworkEvent.class)));

      assertThat(bystander.ask(Reply.Shown.class, new Request.Show(words)).name()).isEqualTo(words);
      int seen = 0;
      Reply.Listing page = bystander.ask(Reply.Listing.class, list(0, 0));
      while (true) {
        seen += page.rows().size();
        if (!page.more()) {
          break;
        }
        Reply.DescriptorInfo lastRow = page.rows().get(page.rows().size() - 1);
        page = bystander.ask(Reply.Listing.class, list(lastRow.socket(), lastRow.id()));
      }
      assertThat(seen).isEqualTo(holders);
    }
  }

  private static Request list(long afterSocket, long afterDescriptor) {
    return new Request.ListDescriptors(afterSocket, afterDescriptor, null, null, null, null, null);
  }

  @Test
  void shouldForgetTenThousandClients() throws Exception {
    comeAndGo(1000);
    awaitOneSession();
    LiveObjects few = LiveObjects.of(broker);

    comeAndGo(10_000);
    awaitOneSession();

    await("objects of sessions that are over")
        .atMost(DEADLINE)
        .untilAsserted(
            () -> {
              LiveObjects many = LiveObjects.of(broker);
              assertThat(many.count("dev.sockbroker."))
                  .isLessThanOrEqualTo(few.count("dev.sockbroker.") + 100);
              assertThat(many.bytes()).isLessThan(few.bytes() + (2 << 20));
            });
  }

  /**
   * Some connections send nothing, some a hello, some half a frame, and some leave sockets open.
   */
  private void comeAndGo(int clients) throws IOException {
    for (int i = 0; i < clients; i++) {
      try (WireClient client = WireClient.connect(broker.socket())) {
        if (i % 5 == 1) {
          client.write(ByteBuffer.allocate(3));
        } else if (i % 5 > 1) {
          client.ask(Reply.Welcome.class, new Request.Hello(List.of(1), "n", false, null));
        }
        if (i % 5 == 3) {
          long descriptor = open(client).descriptor();
          client.ask(Reply.Addresses.class, new Request.Listen(descriptor, 1));
          client.send(new Request.Accept(descriptor, -1L));
        }
      }
      if (i % 100 == 0) {
        assertThatTheBystanderIsAnswered();
      }
    }
  }

  private static Reply.Opened open(WireClient client) throws IOException {
    return client.ask(
        Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM).boundTo(LOOPBACK));
  }

  /** Fails if there is no answer in time. */
  private void assertThatTheBystanderIsAnswered() throws IOException {
    assertThat(bystander.ask(new Request.Ping())).isEqualTo(new Reply.Done());
  }

  private void awaitOneSession() {
    await("sessions end").atMost(DEADLINE).until(() -> info().sessions() == 1);
  }

  private Reply.BrokerInfo info() throws IOException {
    return bystander.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
  }

  private static ByteBuffer frame(int type, long requestId, int jsonLength, byte[] json) {
    return frame(type, requestId, jsonLength, json, 0);
  }

  private static ByteBuffer frame(
      int type, long requestId, int jsonLength, byte[] json, int payload) {
    ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + json.length + payload);
    new FrameHeader(FrameHeader.LENGTH_MIN + json.length + payload, type, requestId, 0, jsonLength)
        .write(frame);
    return frame.put(json).rewind();
  }
}
