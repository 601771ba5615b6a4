package dev.sockbroker.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much is sent without a request of the broker, and how the rest follows. */
@Timeout(30)
final class SendTest {
  private static final int BUFFERED_BYTES = 1 << 20;
  private static final int WINDOW = BUFFERED_BYTES / 2;
  private static final int FIRST_PART = 256 << 10;

  private ScriptedBroker peer;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    peer = new ScriptedBroker();
    broker =
        peer.connect(
            Broker.builder(),
            new Reply.Limits(1 << 20, 100, 100, 100, 100, BUFFERED_BYTES, 1 << 20));
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  private SharedSocket socket(SocketType type) throws IOException {
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(peer.expect(Request.Attach.class), ScriptedBroker.opened(1, type, 0));
    return attached.join();
  }

  @Test
  void shouldSendASmallBufferInOneFrame() throws Exception {
    ByteBuffer from = ByteBuffer.wrap(new byte[] {0, 1, 2, 3, 4}).position(1).limit(4);
    CompletableFuture<Integer> sent = socket(SocketType.STREAM).sendAsync(from);

    Frame send = peer.expect(Request.Send.class);
    peer.reply(send, new Reply.Sent(null));

    assertThat(send.payload()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertThat(((Request.Send) send.message()).length()).isNull();
    assertThat(sent.get(30, SECONDS)).isEqualTo(3);
    assertThat(from.hasRemaining()).isFalse();
  }

  @Test
  void shouldSendTheRestAsTheBrokerAsksForIt() throws Exception {
    byte[] bytes = random(FIRST_PART + 100_000);
    CompletableFuture<Integer> sent = socket(SocketType.STREAM).sendAsync(ByteBuffer.wrap(bytes));
    ByteBuffer got = ByteBuffer.allocate(bytes.length);

    Frame first = peer.expect(Request.Send.class);
    got.put(first.payload());
    assertThat(((Request.Send) first.message()).length()).isEqualTo(bytes.length);
    assertThat(got.position()).isEqualTo(FIRST_PART);
    while (got.hasRemaining()) {
      peer.event(first, new Event.SendReady(1, 30_000));
      Frame more = peer.expect(Request.SendMore.class);
      assertThat(more.requestId()).isEqualTo(first.requestId());
      assertThat(more.payload().remaining()).isBetween(1, 30_000);
      got.put(more.payload());
    }
    peer.reply(first, new Reply.Sent(null));

    assertThat(got.array()).isEqualTo(bytes);
    assertThat(sent.get(30, SECONDS)).isEqualTo(bytes.length);
  }

  @Test
  void shouldAnswerHowMuchWasTakenOfASendThatEndedEarly() throws Exception {
    ByteBuffer from = ByteBuffer.allocate(FIRST_PART + 1);
    CompletableFuture<Integer> sent = socket(SocketType.STREAM).sendAsync(from);

    peer.reply(peer.expect(Request.Send.class), new Reply.Sent(1000L));

    assertThat(sent.get(30, SECONDS)).isEqualTo(1000);
    assertThat(from.position()).isEqualTo(1000);
  }

  @Test
  void shouldSendNoBytesUnaskedBeyondTheWindowAndStillKeepTheOrder() throws Exception {
    SharedSocket socket = socket(SocketType.STREAM);
    Frame[] frames = new Frame[3];
    for (int i = 0; i < frames.length; i++) {
      socket.sendAsync(ByteBuffer.allocate(FIRST_PART));
      frames[i] = peer.expect(Request.Send.class);
    }

    assertThat(frames[0].payload().remaining() + frames[1].payload().remaining()).isEqualTo(WINDOW);
    assertThat(frames[2].payload().remaining()).isZero();
    assertThat(((Request.Send) frames[2].message()).length()).isEqualTo(FIRST_PART);
    peer.event(frames[2], new Event.SendReady(1, FIRST_PART));
    assertThat(peer.expect(Request.SendMore.class).payload().remaining()).isEqualTo(FIRST_PART);
  }

  @Test
  void shouldHoldDatagramsBackForTheyCannotBeCut() throws Exception {
    SharedSocket socket = socket(SocketType.DGRAM);
    int size = 60_000;
    int fitting = WINDOW / size;
    for (int i = 0; i <= fitting; i++) {
      socket.sendAsync(ByteBuffer.allocate(size));
    }
    Frame first = peer.expect(Request.Send.class);
    for (int i = 1; i < fitting; i++) {
      peer.expect(Request.Send.class);
    }
    // a request that overtakes it proves that the last datagram was held back
    CompletableFuture<SharedSocket> marker = broker.attachAsync("marker");
    peer.reply(peer.expect(Request.Attach.class), ScriptedBroker.opened(2, SocketType.STREAM, 0));
    marker.get(30, SECONDS);

    peer.reply(first, new Reply.Sent(null));

    assertThat(peer.expect(Request.Send.class).payload().remaining()).isEqualTo(size);
  }

  @Test
  void shouldTakeBackADatagramThatWasHeld() throws Exception {
    SharedSocket socket = socket(SocketType.DGRAM);
    socket.sendAsync(ByteBuffer.allocate(WINDOW));
    Frame first = peer.expect(Request.Send.class);
    CompletableFuture<Integer> held = socket.sendAsync(ByteBuffer.allocate(100));

    held.cancel(true);

    assertThat(held.handle((sent, failure) -> BrokerException.errnoOf(failure)).get(30, SECONDS))
        .isEqualTo(Errno.ECANCELED);
    peer.reply(first, new Reply.Sent(null));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  /** It does not fit into a frame; the broker would end the session. */
  @Test
  void shouldRefuseADatagramThatIsLargerThanAFrame() throws Exception {
    SharedSocket socket = socket(SocketType.DGRAM);
    CompletableFuture<Integer> large = socket.sendAsync(ByteBuffer.allocate(2 << 20));

    assertThat(large.handle((count, failure) -> BrokerException.errnoOf(failure)).get(5, SECONDS))
        .isEqualTo(Errno.EMSGSIZE);
    CompletableFuture<Integer> small = socket.sendAsync(ByteBuffer.allocate(3));
    peer.reply(peer.expect(Request.Send.class), new Reply.Sent(null));
    assertThat(small.get(5, SECONDS)).isEqualTo(3);
  }
}
