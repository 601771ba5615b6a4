package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Everything that the broker stores for a client is counted, and only the client that exceeds a
 * limit is affected.
 */
class KeptBytesTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Their answers are larger than the kernel's buffer. */
  private static final int QUESTIONS = 400;

  private static long bufferedBytes(WireClient observer) throws IOException {
    return observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).bufferedBytes();
  }

  private static void awaitNothingKept(WireClient observer) {
    await().atMost(SOON).until(() -> bufferedBytes(observer) == 0);
  }

  private static long open(WireClient client, SocketType type) throws IOException {
    Address any = Address.inet("127.0.0.1", 0);
    Request open = Request.Open.of(Family.INET, type).boundTo(any);
    return client.ask(Reply.Opened.class, open).descriptor();
  }

  private static void askForMuch(WireClient client) throws IOException {
    long socket = open(client, SocketType.STREAM);
    for (int i = 0; i < QUESTIONS; i++) {
      client.send(1000 + i, new Request.ListOptions(socket), new byte[0]);
    }
  }

  private static void askUntilItEnds(WireClient client) throws IOException {
    try {
      askForMuch(client);
    } catch (IOException e) {
      // the broker may end the session before the last question
      assertThat(e).hasMessageContaining("Broken pipe");
    }
  }

  @Test
  void shouldKeepAsMuchOfAFrameAsHasCome() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient observer = WireClient.welcomed(broker.socket())) {
      try (WireClient client = WireClient.welcomed(broker.socket())) {
        client.write(ByteBuffer.allocate(3000).putInt(0, (1 << 20) - 4));
        await().atMost(SOON).until(() -> bufferedBytes(observer) >= 3000);
        client.write(ByteBuffer.allocate(60_000));
        await().atMost(SOON).until(() -> bufferedBytes(observer) >= 63_000);

        assertThat(bufferedBytes(observer)).as("not the whole frame").isLessThan(200_000);
      }
      awaitNothingKept(observer);
    }
  }

  @Test
  void shouldCountAnswersThatNobodyReads() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient observer = WireClient.welcomed(broker.socket());
        WireClient client = WireClient.welcomed(broker.socket())) {
      askForMuch(client);
      await().atMost(SOON).until(() -> bufferedBytes(observer) > 100_000);

      for (int i = 0; i < QUESTIONS; i++) {
        assertThat((Reply) client.next().message()).isInstanceOf(Reply.Options.class);
      }
      awaitNothingKept(observer);
    }
  }

  @Test
  void shouldEndOnlyTheSessionThatDoesNotRead() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start("--limit=session-buffered-bytes=65536");
        WireClient observer = WireClient.welcomed(broker.socket());
        WireClient client = WireClient.welcomed(broker.socket())) {
      askUntilItEnds(client);
      await()
          .atMost(SOON)
          .until(() -> broker.log().stream().anyMatch(it -> it.contains("does not read")));

      awaitNothingKept(observer);
      assertThat(broker.log())
          .filteredOn(it -> it.contains("does not read"))
          .singleElement()
          .asString()
          .contains("buffered bytes", "session-buffered-bytes");
    }
  }

  @Test
  void shouldRefuseBeforeTheHeapIsFull() throws IOException {
    try (BrokerProcess broker = BrokerProcess.startWithHeap("64m");
        WireClient observer = WireClient.welcomed(broker.socket())) {
      String refusal = null;
      for (int i = 0; i < 100 && refusal == null; i++) {
        refusal = waitOften(WireClient.welcomed(broker.socket()));
      }

      assertThat(refusal).startsWith("ENOBUFS");
      assertThat(observer.ask(new Request.Ping())).isEqualTo(new Reply.Done());
      assertThat(broker.log()).noneMatch(line -> line.contains("OutOfMemory"));
    }
  }

  /** Sends as many waiting receives as one session may have. Returns the error of one more. */
  private static String waitOften(WireClient client) throws IOException {
    long socket = open(client, SocketType.DGRAM);
    int most = client.welcome().limits().waitingOperations();
    for (int i = 0; i < most; i++) {
      Request receive = new Request.Receive(socket, 1, 86_400_000L, false, false);
      client.send(1000 + i, receive, new byte[0]);
    }
    client.send(1, new Request.Ping(), new byte[0]);
    String refusal = null;
    for (Frame frame = client.next(); frame.requestId() != 1; frame = client.next()) {
      refusal = frame.message() instanceof Reply.Error error ? error.error() : refusal;
    }
    return refusal;
  }
}
