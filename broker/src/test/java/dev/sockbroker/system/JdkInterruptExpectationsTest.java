package dev.sockbroker.system;

import static dev.sockbroker.system.SocketPair.LOOPBACK;
import static dev.sockbroker.system.SocketPair.SOON;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An interrupt of a virtual thread closes the {@code java.net} socket on which the thread waits.
 * {@link JdkStreamExpectationsTest} shows that an interrupt of a platform thread has no effect.
 *
 * <p>The tests run with the JDK's sockets and with the broker's. The JDK's sockets are the
 * reference, so the tests expect only what they do.
 */
@ParameterizedClass
@EnumSource
@WithBroker
class JdkInterruptExpectationsTest {
  private static BrokerProcess broker;

  @Parameter private SocketPair.Owner owner;

  private SocketPair pair;

  @BeforeEach
  void connect() throws IOException {
    pair = SocketPair.of(owner, broker);
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

  @Test
  void shouldBeClosedWhileItReads() throws Exception {
    assertClosedByInterrupt(pair.client, () -> pair.client.getInputStream().read());
    assertThat(pair.server.getInputStream().read()).as("the peer sees its end").isEqualTo(-1);
  }

  @Test
  void shouldBeClosedWhileItReadsWithATimeout() throws Exception {
    pair.client.setSoTimeout(SOON);
    InputStream in = pair.client.getInputStream();
    assertClosedByInterrupt(pair.client, in::read);
    assertThatThrownBy(in::read)
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }

  @Test
  void shouldBeClosedWhileItWrites() throws Exception {
    OutputStream out = pair.client.getOutputStream();
    assertClosedByInterrupt(
        pair.client,
        () -> {
          while (true) {
            out.write(new byte[100_000]);
          }
        });
    assertThatThrownBy(() -> out.write(1)).isExactlyInstanceOf(SocketException.class);
  }

  @Test
  void shouldBeClosedWhileItAccepts() throws Exception {
    assertClosedByInterrupt(pair.listener, pair.listener::accept);
    assertThatThrownBy(pair.listener::accept)
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket is closed");
    assertThat(pair.client.isClosed()).isFalse();
  }

  @Test
  void shouldBeClosedWhileItConnects() throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
        Socket late = pair.clients.createSocket()) {
      late.bind(new InetSocketAddress(LOOPBACK, 0));
      for (int i = 0; i < 4; i++) {
        SocketChannel channel = SocketChannel.open();
        waiting.add(channel);
        channel.configureBlocking(false);
        channel.connect(full.getLocalSocketAddress());
      }
      assertClosedByInterrupt(
          late,
          () -> {
            late.connect(full.getLocalSocketAddress());
            return null;
          });
    } finally {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
  }

  /** The call waits without a limit and runs on a virtual thread. */
  private void assertClosedByInterrupt(Closeable socket, Callable<?> call) throws Exception {
    int before = descriptors();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    FutureTask<?> waiting =
        new FutureTask<>(
            () -> {
              try {
                return call.call();
              } finally {
                interrupted.complete(Thread.currentThread().isInterrupted());
              }
            });
    Thread thread = Thread.startVirtualThread(waiting);
    await().until(() -> isWaiting(thread.getState()));
    thread.interrupt();
    assertThatThrownBy(() -> waiting.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Closed by interrupt");
    assertThat(interrupted.get()).as("still interrupted").isTrue();
    assertThat(isClosed(socket)).as("closed").isTrue();
    if (owner == SocketPair.Owner.BROKER) {
      await().untilAsserted(() -> assertThat(descriptors()).isEqualTo(before - 1));
    }
  }

  private static boolean isClosed(Closeable socket) {
    return socket instanceof Socket it ? it.isClosed() : ((ServerSocket) socket).isClosed();
  }

  /** The number of descriptors in the broker. */
  private static int descriptors() throws IOException {
    try (Broker observer = Broker.connect(broker.socket())) {
      return observer.list().size();
    }
  }

  private static boolean isWaiting(Thread.State state) {
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }
}
