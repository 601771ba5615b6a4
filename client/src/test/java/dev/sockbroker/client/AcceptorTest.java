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
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a worker leaves a listener. */
@Timeout(30)
final class AcceptorTest {
  private static final long LISTENER = 1;

  private ScriptedBroker peer;
  private Broker broker;
  private SharedSocket listener;
  private Acceptor acceptor;

  @BeforeEach
  void connect() throws Exception {
    peer = new ScriptedBroker();
    broker = peer.connect(Broker.builder());
    CompletableFuture<SharedSocket> attached = broker.attachAsync("web");
    peer.reply(
        peer.expect(Request.Attach.class), ScriptedBroker.opened(LISTENER, SocketType.STREAM, 0));
    listener = attached.get();
    acceptor = new Acceptor(listener, Broker.FOREVER);
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  private static <T> FutureTask<T> onThread(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task;
  }

  private SharedSocket accept(long descriptor) throws Exception {
    FutureTask<SharedSocket> accepted = onThread(acceptor::accept);
    peer.reply(
        peer.expect(Request.Accept.class), ScriptedBroker.opened(descriptor, SocketType.STREAM, 0));
    return accepted.get(30, SECONDS);
  }

  private void closed(long descriptor) throws IOException {
    Frame close = peer.expect(Request.Close.class);
    assertThat(close.message()).isEqualTo(new Request.Close(descriptor));
    peer.reply(close, new Reply.Done());
  }

  /** Everything that the broker has written before is processed. */
  private void ping() throws Exception {
    FutureTask<Void> pinged =
        onThread(
            () -> {
              broker.ping();
              return null;
            });
    peer.reply(peer.expect(Request.Ping.class), new Reply.Done());
    pinged.get(30, SECONDS);
  }

  @Test
  void shouldCloseTheListenerAndWaitForTheConnectionsInWork() throws Exception {
    SharedSocket first = accept(2);
    SharedSocket second = accept(3);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    closed(LISTENER);

    first.closeAsync();
    closed(2);
    ping();
    assertThat(drained.isDone()).isFalse();
    second.closeAsync();
    closed(3);

    assertThat(drained.get(30, SECONDS)).isTrue();
    assertThatThrownBy(acceptor::accept).isExactlyInstanceOf(ClosedChannelException.class);
  }

  /** Its reply was on the way when the listener was closed. */
  @Test
  void shouldWaitForAConnectionThatWasAcceptedMeanwhile() throws Exception {
    FutureTask<SharedSocket> accepting = onThread(acceptor::accept);
    Frame accept = peer.expect(Request.Accept.class);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    Frame close = peer.expect(Request.Close.class);

    peer.reply(accept, ScriptedBroker.opened(2, SocketType.STREAM, 0));
    peer.reply(close, new Reply.Done());

    SharedSocket accepted = accepting.get(30, SECONDS);
    ping();
    assertThat(drained.isDone()).isFalse();
    accepted.closeAsync();
    closed(2);
    assertThat(drained.get(30, SECONDS)).isTrue();
  }

  @Test
  void shouldEndAcceptsThatWait() throws Exception {
    FutureTask<SharedSocket> accepting = onThread(acceptor::accept);
    Frame first = peer.expect(Request.Accept.class);
    CompletableFuture<SharedSocket> async = acceptor.acceptAsync();
    Frame second = peer.expect(Request.Accept.class);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    Frame close = peer.expect(Request.Close.class);

    peer.reply(first, ScriptedBroker.error(Errno.ECANCELED));
    peer.reply(second, ScriptedBroker.error(Errno.ECANCELED));
    peer.reply(close, new Reply.Done());

    assertThat(drained.get(30, SECONDS)).isTrue();
    assertThatThrownBy(accepting::get).hasCauseInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(async::get).hasCauseInstanceOf(AsynchronousCloseException.class);
  }

  @Test
  void shouldCountAConnectionOfAFuture() throws Exception {
    CompletableFuture<SharedSocket> accepting = acceptor.acceptAsync();
    peer.reply(peer.expect(Request.Accept.class), ScriptedBroker.opened(2, SocketType.STREAM, 0));
    SharedSocket accepted = accepting.get(30, SECONDS);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    closed(LISTENER);
    ping();
    assertThat(drained.isDone()).isFalse();

    accepted.closeAsync();
    closed(2);

    assertThat(drained.get(30, SECONDS)).isTrue();
  }

  @Test
  void shouldCutOffWhatIsInWorkAtTheLimit() throws Exception {
    acceptor = new Acceptor(listener, Duration.ZERO);
    SharedSocket connection = accept(2);

    assertThat(acceptor.drain()).isFalse();

    closed(LISTENER);
    closed(2);
    assertThat(connection.isClosed()).isTrue();
  }

  /** The broker is stopped, or does not answer for another reason. */
  @Test
  void shouldNotWaitLongerThanTheLimitForTheBroker() {
    acceptor = new Acceptor(listener, Duration.ZERO);

    assertThat(acceptor.drain()).isFalse();

    assertThat(listener.isClosed()).isTrue();
  }

  @Test
  void shouldCutOffWhatIsInWorkWhenInterrupted() throws Exception {
    SharedSocket connection = accept(2);
    Thread.currentThread().interrupt();

    assertThat(acceptor.drain()).isFalse();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(connection.isClosed()).isTrue();
  }

  @Test
  void shouldNotWaitForARevokedConnection() throws Exception {
    accept(2);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    closed(LISTENER);

    peer.event(new Event.Revoked(2, 4712, 9));

    assertThat(drained.get(30, SECONDS)).isTrue();
  }

  @Test
  void shouldNotWaitWhenTheBrokerIsGone() throws Exception {
    accept(2);
    FutureTask<Boolean> drained = onThread(acceptor::drain);
    peer.expect(Request.Close.class);

    peer.disconnect();

    assertThat(drained.get(30, SECONDS)).isTrue();
    assertThat(acceptor.drain()).as("again").isTrue();
  }

  @Test
  void shouldRefuseToWaitOnTheThreadThatReads() throws Exception {
    try (ScriptedBroker other = new ScriptedBroker();
        Broker inPlace = other.connect(Broker.builder().executor(Runnable::run))) {
      CompletableFuture<Boolean> drained =
          inPlace
              .attachAsync("web")
              .thenApply(socket -> new Acceptor(socket, Duration.ofSeconds(1)).drain());
      other.reply(
          other.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));

      assertThatThrownBy(() -> drained.get(30, SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void shouldRefuseANegativeLimit() {
    assertThatThrownBy(() -> new Acceptor(listener, Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
