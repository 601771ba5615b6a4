package dev.sockbroker.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread that reads the connection reads for all callers, and there is always one. */
@Timeout(30)
final class ReadingTest {
  private static final Reply.Received RECEIVED = Reply.Received.BYTES_ONLY;

  private ScriptedBroker peer;
  private Broker broker;
  private SharedSocket socket;

  @BeforeEach
  void connect() throws IOException {
    peer = new ScriptedBroker();
    broker = peer.connect(Broker.builder());
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(peer.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));
    socket = attached.join();
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  /** A call on a separate thread, which reads unless another thread does. */
  private FutureTask<Integer> call(ByteBuffer into) {
    FutureTask<Integer> call = new FutureTask<>(() -> socket.receive(into));
    new Thread(call).start();
    return call;
  }

  private void ping() throws Exception {
    CompletableFuture<Void> ping =
        CompletableFuture.runAsync(
            () -> {
              try {
                broker.ping();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    peer.reply(peer.expect(Request.Ping.class), new Reply.Done());
    ping.get(30, SECONDS);
  }

  @Test
  void shouldAnswerOthersWhileACallWaits() throws Exception {
    ping();
    FutureTask<Integer> first = call(ByteBuffer.allocate(8));
    Frame one = peer.expect(Request.Receive.class);
    FutureTask<Integer> second = call(ByteBuffer.allocate(8));
    Frame two = peer.expect(Request.Receive.class);
    CompletableFuture<Integer> third = socket.receiveAsync(ByteBuffer.allocate(8));
    Frame three = peer.expect(Request.Receive.class);

    peer.reply(three, RECEIVED, new byte[3]);
    assertThat(third.get(30, SECONDS)).isEqualTo(3);
    peer.reply(two, RECEIVED, new byte[2]);
    assertThat(second.get(30, SECONDS)).isEqualTo(2);
    peer.reply(one, RECEIVED, new byte[1]);
    assertThat(first.get(30, SECONDS)).isEqualTo(1);
  }

  @Test
  void shouldReadOnWhenTheCallThatReadHasItsAnswer() throws Exception {
    ping();
    FutureTask<Integer> first = call(ByteBuffer.allocate(8));
    Frame one = peer.expect(Request.Receive.class);
    CompletableFuture<Integer> second = socket.receiveAsync(ByteBuffer.allocate(8));
    Frame two = peer.expect(Request.Receive.class);
    FutureTask<Integer> third = call(ByteBuffer.allocate(8));
    Frame three = peer.expect(Request.Receive.class);

    peer.reply(one, RECEIVED, new byte[1]);
    assertThat(first.get(30, SECONDS)).isEqualTo(1);
    peer.reply(two, RECEIVED, new byte[2]);
    assertThat(second.get(30, SECONDS)).isEqualTo(2);
    peer.reply(three, RECEIVED, new byte[3]);
    assertThat(third.get(30, SECONDS)).isEqualTo(3);
  }

  @Test
  void shouldReadForOthersAlsoWhenTheCallThatReadsIsInterrupted() throws Exception {
    ping();
    FutureTask<Integer> first = new FutureTask<>(() -> socket.receive(ByteBuffer.allocate(8)));
    Thread thread = new Thread(first);
    thread.start();
    Frame one = peer.expect(Request.Receive.class);
    CompletableFuture<Integer> second = socket.receiveAsync(ByteBuffer.allocate(8));
    Frame two = peer.expect(Request.Receive.class);

    thread.interrupt();
    Frame cancel = peer.expect(Request.Cancel.class);
    peer.reply(two, RECEIVED, new byte[2]);

    assertThat(second.get(30, SECONDS)).isEqualTo(2);
    peer.reply(one, RECEIVED, new byte[1]);
    peer.reply(cancel, new Reply.Done());
    assertThat(first.get(30, SECONDS)).isEqualTo(1);
    ping();
  }

  @Test
  void shouldWriteForAnInterruptedThreadWithoutLosingTheSession() throws Exception {
    ping();
    FutureTask<Integer> call =
        new FutureTask<>(
            () -> {
              Thread.currentThread().interrupt();
              return socket.receive(ByteBuffer.allocate(8));
            });
    new Thread(call).start();
    Frame receive = peer.expect(Request.Receive.class);
    peer.reply(peer.expect(Request.Cancel.class), new Reply.Done());
    peer.reply(receive, RECEIVED, new byte[5]);

    assertThat(call.get(30, SECONDS)).isEqualTo(5);
    ping();
  }

  /** Most of it goes directly into the caller's memory, but the next frame does not. */
  @Test
  void shouldPutALargePayloadWhereItIsWantedAndNothingElse() throws Exception {
    byte[] payload = new byte[300_000];
    new Random(1).nextBytes(payload);
    for (ByteBuffer into :
        new ByteBuffer[] {ByteBuffer.allocate(400_000), ByteBuffer.allocateDirect(400_000)}) {
      into.position(7).limit(390_000);
      FutureTask<Integer> large = call(into);
      Frame one = peer.expect(Request.Receive.class);
      ByteBuffer little = ByteBuffer.allocate(8);
      CompletableFuture<Integer> small = socket.receiveAsync(little);
      Frame two = peer.expect(Request.Receive.class);

      peer.reply(one, RECEIVED, payload);
      peer.reply(two, RECEIVED, new byte[] {1, 2, 3});

      assertThat(large.get(30, SECONDS)).isEqualTo(payload.length);
      assertThat(small.get(30, SECONDS)).isEqualTo(3);
      assertThat(into.position()).isEqualTo(7 + payload.length);
      assertThat(into.duplicate().flip().position(7)).isEqualTo(ByteBuffer.wrap(payload));
      assertThat(into.get(6)).isZero();
      assertThat(into.get(into.position())).isZero();
      assertThat(little.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }
  }

  @Test
  void shouldNoticeTheEndWhenNobodyCalls() throws Exception {
    ping();
    peer.disconnect();

    broker.ended().get(30, SECONDS);
  }
}
