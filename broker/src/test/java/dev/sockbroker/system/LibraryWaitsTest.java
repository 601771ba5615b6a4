package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How waits of the client library end: interrupted, cancelled, closed, or without a broker. */
@Timeout(60)
@WithBroker
final class LibraryWaitsTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess process;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void shouldEndAnInterruptedReceiveAndKeepTheSession() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      FutureTask<Integer> read =
          new FutureTask<>(() -> pair.shared().receive(ByteBuffer.allocate(8), Broker.FOREVER));
      Thread thread = Thread.ofPlatform().start(read);
      awaitWaiting(1);

      thread.interrupt();

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .hasCauseInstanceOf(InterruptedIOException.class);
      pair.plain().getOutputStream().write(new byte[] {1, 2, 3});
      ByteBuffer into = ByteBuffer.allocate(8);
      assertThat(pair.shared().inputStream().readNBytes(3)).containsExactly(1, 2, 3);
      assertThat(into.position()).isZero();
    }
  }

  @Test
  void shouldEndACancelledReceiveAndLoseNothing() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      CompletableFuture<Integer> read = pair.shared().receiveAsync(ByteBuffer.allocate(8));
      awaitWaiting(1);

      read.cancel(true);

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(e -> assertThat(BrokerException.errnoOf(e)).isEqualTo(Errno.ECANCELED));
      pair.plain().getOutputStream().write(5);
      assertThat(pair.shared().inputStream().read()).isEqualTo(5);
    }
  }

  @Test
  void shouldEndAWaitThroughADescriptorThatIsClosed() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      FutureTask<Integer> read = begin(() -> pair.shared().receive(ByteBuffer.allocate(8)));
      awaitWaiting(1);

      pair.shared().close();

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .hasCauseInstanceOf(AsynchronousCloseException.class);
    }
  }

  /** As in java.nio: the waiting thread learns that another thread closed the channel. */
  @Test
  void shouldEndAllThatWaitsWhenTheSessionIsClosedHere() throws Exception {
    Broker own = Broker.connect(process.socket());
    SharedSocket listener = own.open(SocketSpec.tcpListen("127.0.0.1", 0));
    FutureTask<SharedSocket> blocking = begin(listener::accept);
    CompletableFuture<SharedSocket> accept = listener.acceptAsync();
    awaitWaiting(2);

    own.close();

    assertThatThrownBy(() -> blocking.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> accept.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(listener::accept).isExactlyInstanceOf(ClosedChannelException.class);
  }

  @Test
  void shouldFailAllThatWaitsWhenTheBrokerIsKilled() throws Exception {
    try (BrokerProcess other = BrokerProcess.start("--keep=none");
        Broker doomed = Broker.connect(other.socket())) {
      SharedSocket listener = doomed.open(SocketSpec.tcpListen("127.0.0.1", 0));
      CompletableFuture<SharedSocket> accept = listener.acceptAsync();
      FutureTask<SharedSocket> blocking = begin(listener::accept);

      other.process().destroyForcibly();

      assertThatThrownBy(() -> accept.get(30, SECONDS))
          .hasCauseInstanceOf(BrokerGoneException.class);
      assertThatThrownBy(() -> blocking.get(30, SECONDS))
          .hasCauseInstanceOf(BrokerGoneException.class);
      doomed.ended().get(30, SECONDS);
      assertThatThrownBy(doomed::ping).isInstanceOf(BrokerGoneException.class);
    }
  }

  /**
   * Waits for this number of operations, which is all of them: every thread has started its call.
   */
  private static void awaitWaiting(int operations) throws IOException {
    try (WireClient observer = WireClient.welcomed(process.socket())) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).waitingOperations()
                      == operations);
    }
  }
}
