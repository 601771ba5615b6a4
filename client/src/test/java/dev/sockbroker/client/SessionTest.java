package dev.sockbroker.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How calls wait and end, against a peer that the tests control. */
@Timeout(30)
final class SessionTest {
  private ScriptedBroker peer;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    peer = new ScriptedBroker();
    broker = peer.connect(Broker.builder());
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  /** A call on a separate thread, which tests can interrupt. */
  private static final class Caller<T> {
    final FutureTask<T> task;
    final Thread thread;
    volatile boolean endedInterrupted;

    Caller(Callable<T> call) {
      task =
          new FutureTask<>(
              () -> {
                try {
                  return call.call();
                } finally {
                  endedInterrupted = Thread.currentThread().isInterrupted();
                }
              });
      thread = new Thread(task);
      thread.start();
    }

    T result() throws InterruptedException, Throwable {
      try {
        T result = task.get(30, SECONDS);
        thread.join();
        return result;
      } catch (ExecutionException e) {
        thread.join();
        throw e.getCause();
      }
    }
  }

  private SharedSocket socket(long descriptor) throws IOException {
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(
        peer.expect(Request.Attach.class), ScriptedBroker.opened(descriptor, SocketType.STREAM, 0));
    return attached.join();
  }

  @Test
  void shouldKnowWhatTheBrokerSaidAtHello() {
    assertThat(broker.session()).isEqualTo(7);
    assertThat(broker.pid()).isEqualTo(42);
    assertThat(broker.version()).isEqualTo("scripted");
  }

  @Test
  void shouldGiveEachCallItsOwnReply() throws Throwable {
    SharedSocket socket = socket(1);
    ByteBuffer first = ByteBuffer.allocate(8);
    ByteBuffer second = ByteBuffer.allocate(8);
    CompletableFuture<Integer> one = socket.receiveAsync(first);
    CompletableFuture<Integer> two = socket.receiveAsync(second);
    Frame requestOne = peer.expect(Request.Receive.class);
    Frame requestTwo = peer.expect(Request.Receive.class);

    peer.reply(requestTwo, Reply.Received.BYTES_ONLY, new byte[] {2, 2});
    peer.reply(requestOne, Reply.Received.BYTES_ONLY, new byte[] {1});

    assertThat(one.get(30, SECONDS)).isEqualTo(1);
    assertThat(two.get(30, SECONDS)).isEqualTo(2);
    assertThat(first.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1}));
    assertThat(second.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 2}));
  }

  @Test
  void shouldAnswerTheEndOfAStreamAsMinusOne() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<Integer> caller = new Caller<>(() -> socket.receive(ByteBuffer.allocate(8)));

    peer.reply(peer.expect(Request.Receive.class), Reply.Received.BYTES_ONLY);

    assertThat(caller.result()).isEqualTo(-1);
    assertThat(socket.receive(ByteBuffer.allocate(0))).isZero();
  }

  @Test
  void shouldEndAnInterruptedWaitByAskingTheBroker() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<Integer> caller = new Caller<>(() -> socket.receive(ByteBuffer.allocate(8)));
    Frame receive = peer.expect(Request.Receive.class);

    caller.thread.interrupt();

    Frame cancel = peer.expect(Request.Cancel.class);
    assertThat(((Request.Cancel) cancel.message()).request()).isEqualTo(receive.requestId());
    peer.reply(receive, ScriptedBroker.error(Errno.ECANCELED));
    peer.reply(cancel, new Reply.Done());
    assertThatThrownBy(caller::result).isInstanceOf(InterruptedIOException.class);
    assertThat(caller.endedInterrupted).isTrue();
    assertThatSessionLives();
  }

  @Test
  void shouldReturnBytesThatCameBeforeTheInterrupt() throws Throwable {
    SharedSocket socket = socket(1);
    ByteBuffer into = ByteBuffer.allocate(8);
    Caller<Integer> caller = new Caller<>(() -> socket.receive(into));
    Frame receive = peer.expect(Request.Receive.class);

    caller.thread.interrupt();
    Frame cancel = peer.expect(Request.Cancel.class);
    peer.reply(receive, Reply.Received.BYTES_ONLY, new byte[] {9});
    peer.reply(cancel, new Reply.Done());

    assertThat(caller.result()).isEqualTo(1);
    assertThat(into.get(0)).isEqualTo((byte) 9);
    assertThat(caller.endedInterrupted).isTrue();
  }

  @Test
  void shouldNotLoseBytesToACancelledFuture() throws Throwable {
    SharedSocket socket = socket(1);
    CompletableFuture<Integer> future = socket.receiveAsync(ByteBuffer.allocate(8));
    Frame receive = peer.expect(Request.Receive.class);

    assertThat(future.cancel(true)).isFalse();

    peer.reply(peer.expect(Request.Cancel.class), new Reply.Done());
    peer.reply(receive, Reply.Received.BYTES_ONLY, new byte[] {9});
    assertThat(future.get(30, SECONDS)).isEqualTo(1);
  }

  @Test
  void shouldFailEveryWaitingCallWhenTheBrokerIsLost() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<SharedSocket> blocking = new Caller<>(socket::accept);
    peer.expect(Request.Accept.class);
    CompletableFuture<Integer> future = socket.receiveAsync(ByteBuffer.allocate(1));
    peer.expect(Request.Receive.class);

    peer.disconnect();

    assertThatThrownBy(blocking::result).isInstanceOf(BrokerGoneException.class);
    assertThatThrownBy(() -> future.get(30, SECONDS)).hasCauseInstanceOf(BrokerGoneException.class);
    assertThatThrownBy(broker::ping).isInstanceOf(BrokerGoneException.class);
    broker.ended().get(30, SECONDS);
    socket.close();
  }

  @Test
  void shouldSayWhyTheBrokerStopped() throws IOException {
    peer.event(new Event.Stopping("SIGTERM"));
    peer.disconnect();

    broker.ended().join();
    assertThatThrownBy(broker::ping)
        .isInstanceOf(BrokerGoneException.class)
        .hasMessageContaining("SIGTERM");
  }

  @Test
  void shouldSayWhyTheBrokerEndedTheSession() throws IOException {
    peer.end(new Reply.Error("EPROTO", Errno.EPROTO, "it was no frame", false));

    broker.ended().join();
    assertThatThrownBy(broker::ping)
        .isInstanceOf(BrokerGoneException.class)
        .hasMessage("the broker has ended the session: EPROTO: it was no frame")
        .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EPROTO));
  }

  @Test
  void shouldEndTheSessionWhenTheBrokerWritesNonsense() throws IOException {
    peer.raw(new byte[] {0, 0, 0, 1, 0});

    broker.ended().join();
    assertThatThrownBy(broker::ping)
        .isInstanceOf(BrokerGoneException.class)
        .hasRootCauseMessage("frame length 1 is not between 24 and 1048572");
  }

  /** The call has already taken effect when the broker learns of the interrupt. */
  @Test
  void shouldNotEndByAnInterruptWhatTheBrokerAnswersAtOnce() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<Object> caller = new Caller<>(() -> socket.setOption("TCP_NODELAY", true));
    Frame request = peer.expect(Request.SetOption.class);

    caller.thread.interrupt();
    peer.reply(peer.expect(Request.Cancel.class), new Reply.Done());
    peer.reply(request, new Reply.Option(true));

    assertThat(caller.result()).isEqualTo(true);
    assertThat(caller.endedInterrupted).isTrue();
  }

  @Test
  void shouldFailWaitingCallsWhenTheSessionIsClosedHere() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<SharedSocket> caller = new Caller<>(socket::accept);
    peer.expect(Request.Accept.class);

    broker.close();

    assertThatThrownBy(caller::result).isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(broker::ping).isExactlyInstanceOf(ClosedChannelException.class);
  }

  @Test
  void shouldRefuseToUseAClosedSocket() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<Void> closing =
        new Caller<>(
            () -> {
              socket.close();
              return null;
            });
    peer.reply(peer.expect(Request.Close.class), new Reply.Done());
    closing.result();

    assertThatThrownBy(socket::accept).isInstanceOf(ClosedChannelException.class);
    assertThat(socket.acceptAsync()).isCompletedExceptionally();
    socket.close();
  }

  @Test
  void shouldFailOneCallAndNotTheSessionWhenAReplyIsOfAWrongKind() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<SharedSocket> caller = new Caller<>(socket::accept);

    peer.reply(peer.expect(Request.Accept.class), new Reply.Done());

    assertThatThrownBy(caller::result).isInstanceOf(IllegalStateException.class);
    assertThatSessionLives();
  }

  @Test
  void shouldAnswerBlockingCallsWithoutAFreeThreadOfTheExecutor() throws Throwable {
    // a single thread, which a callback occupies with a blocking call
    try (ScriptedBroker other = new ScriptedBroker();
        Broker single =
            other.connect(Broker.builder().executor(Executors.newSingleThreadExecutor()))) {
      CompletableFuture<Void> pinged =
          single
              .attachAsync("name")
              .thenAccept(
                  socket -> {
                    try {
                      single.ping();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      other.reply(
          other.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));
      other.reply(other.expect(Request.Ping.class), new Reply.Done());
      pinged.get(30, SECONDS);
    }
  }

  @Test
  void shouldRefuseABlockingCallOnTheIoThread() throws Throwable {
    try (ScriptedBroker other = new ScriptedBroker();
        Broker inPlace = other.connect(Broker.builder().executor(Runnable::run))) {
      CompletableFuture<Throwable> seen =
          inPlace
              .attachAsync("name")
              .thenApply(
                  socket -> {
                    try {
                      inPlace.ping();
                      return null;
                    } catch (IOException | RuntimeException e) {
                      return e;
                    }
                  });
      other.reply(
          other.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));
      assertThat(seen.get(30, SECONDS)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void shouldSayWhereNoBrokerIs() {
    Path nowhere = Path.of("/nonexistent/broker.sock");

    assertThatThrownBy(() -> Broker.connect(nowhere))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("/nonexistent/broker.sock")
        .hasMessageContaining("sockbroker serve");
  }

  @Test
  void shouldNotWaitForEverForABrokerThatIsSilent() throws IOException {
    try (ScriptedBroker silent = new ScriptedBroker()) {
      Broker.Builder builder =
          Broker.builder().socket(silent.path()).connectTimeout(Duration.ofMillis(50));

      assertThatThrownBy(builder::connect).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void shouldSayTimesInMilliseconds() throws Throwable {
    SharedSocket socket = socket(1);
    assertThat(timeout(null)).isNull();
    assertThat(timeout(Duration.ZERO)).isZero();
    assertThat(timeout(Duration.ofNanos(1))).isEqualTo(1);
    assertThat(timeout(Duration.ofSeconds(2))).isEqualTo(2000);
    assertThat(timeout(Broker.FOREVER)).isEqualTo(Request.FOREVER);
    assertThatThrownBy(() -> socket.accept(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Long timeout(Duration duration) throws IOException {
    SharedSocket socket = socket(1);
    socket.receiveAsync(ByteBuffer.allocate(1), duration);
    return ((Request.Receive) peer.expect(Request.Receive.class).message()).timeoutMillis();
  }

  private void assertThatSessionLives() throws Throwable {
    Caller<Void> ping =
        new Caller<>(
            () -> {
              broker.ping();
              return null;
            });
    peer.reply(peer.expect(Request.Ping.class), new Reply.Done());
    ping.result();
  }

  /**
   * A token can come from anywhere. The broker would end the session for a frame above its limit.
   */
  @Test
  void shouldRefuseATokenThatIsLargerThanAFrame() throws Throwable {
    DescriptorToken token = DescriptorToken.of("x".repeat(2 << 20));
    CompletableFuture<SharedSocket> redeemed = broker.redeemAsync(token);

    assertThat(redeemed.handle((it, failure) -> BrokerException.errnoOf(failure)).get(5, SECONDS))
        .isEqualTo(Errno.EINVAL);
    assertThatSessionLives();
  }

  @Test
  void shouldRefuseAnOptionsValueThatTheWireHasNot() throws Throwable {
    SharedSocket socket = socket(1);

    CompletableFuture<Object> set = socket.setOptionAsync("SO_MARK", 1.5);

    assertThat(set.handle((it, failure) -> BrokerException.errnoOf(failure)).get(5, SECONDS))
        .isEqualTo(Errno.EINVAL);
    assertThatSessionLives();
  }

  @Test
  void shouldStillBeOpenWhenItCouldNotBeClosedOnTheThreadThatReads() throws Throwable {
    try (ScriptedBroker other = new ScriptedBroker();
        Broker inPlace = other.connect(Broker.builder().executor(Runnable::run))) {
      CompletableFuture<SharedSocket> attached = inPlace.attachAsync("name");
      CompletableFuture<Throwable> refused =
          attached.handle(
              (socket, failure) -> {
                try {
                  socket.close();
                  return null;
                } catch (IOException | IllegalStateException e) {
                  return e;
                }
              });
      other.reply(
          other.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));
      assertThat(refused.get(5, SECONDS)).isInstanceOf(IllegalStateException.class);

      CompletableFuture<Void> closed = attached.join().closeAsync();
      assertThat(closed.isDone()).isFalse();
      other.reply(other.expect(Request.Close.class), new Reply.Done());
      closed.get(5, SECONDS);
    }
  }

  /** As with orTimeout, no other code can close a socket that arrives later. */
  @Test
  void shouldCloseWhatIsAcceptedForAFutureThatIsOver() throws Throwable {
    SharedSocket listener = socket(1);
    CompletableFuture<SharedSocket> accepted = listener.acceptAsync();
    Frame accept = peer.expect(Request.Accept.class);

    accepted.completeExceptionally(new IllegalStateException("no more time"));

    Frame cancel = peer.expect(Request.Cancel.class);
    peer.reply(accept, ScriptedBroker.opened(2, SocketType.STREAM, 0));
    peer.reply(cancel, new Reply.Done());
    Frame close = peer.expect(Request.Close.class);
    assertThat(((Request.Close) close.message()).descriptor()).isEqualTo(2);
    peer.reply(close, new Reply.Done());
    assertThatSessionLives();
  }

  @Test
  void shouldNotTakeAnotherReplyForTheEndOfAStream() throws Throwable {
    SharedSocket socket = socket(1);
    Caller<Integer> caller = new Caller<>(() -> socket.receive(ByteBuffer.allocate(8)));

    peer.reply(peer.expect(Request.Receive.class), new Reply.Done());

    assertThatThrownBy(caller::result).isInstanceOf(IllegalStateException.class);
    assertThatSessionLives();
  }
}
