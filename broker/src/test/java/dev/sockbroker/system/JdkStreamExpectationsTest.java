package dev.sockbroker.system;

import static dev.sockbroker.system.SocketPair.LOOPBACK;
import static dev.sockbroker.system.SocketPair.SOON;
import static dev.sockbroker.system.SocketPair.assertEndsClosed;
import static dev.sockbroker.system.SocketPair.receive;
import static dev.sockbroker.system.SocketPair.send;
import static dev.sockbroker.system.SocketPair.whileWaiting;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs expect from the streams of {@code java.net}'s sockets: reading, writing, half
 * close, the end, interrupts.
 *
 * <p>The tests run with the JDK's sockets and with the broker's. The JDK's sockets are the
 * reference, so the tests expect only what they do.
 */
@ParameterizedClass
@EnumSource
@WithBroker
class JdkStreamExpectationsTest {
  private static BrokerProcess broker;

  @Parameter private SocketPair.Owner owner;

  private SocketPair pair;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void connect() throws IOException {
    pair = SocketPair.of(owner, broker);
  }

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    pair.close();
  }

  // ---- bytes

  @Test
  void shouldCarryBytesBothWays() throws IOException {
    send(pair.client, "to the server");
    assertThat(receive(pair.server, 13)).isEqualTo("to the server");
    send(pair.server, "and back");
    assertThat(receive(pair.client, 8)).isEqualTo("and back");
  }

  @Test
  void shouldCarryManyBytesBothWaysAtOnce() throws Exception {
    byte[] sent = new byte[8 << 20];
    new Random(1).nextBytes(sent);
    List<Future<byte[]>> received = new ArrayList<>();
    for (Socket end : List.of(pair.client, pair.server)) {
      threads.submit(
          () -> {
            end.getOutputStream().write(sent);
            return null;
          });
      received.add(threads.submit(() -> end.getInputStream().readNBytes(sent.length)));
    }
    for (Future<byte[]> it : received) {
      assertThat(Arrays.equals(it.get(60, SECONDS), sent)).isTrue();
    }
  }

  @Test
  void shouldSayHowMuchIsAvailable() throws IOException {
    InputStream in = pair.client.getInputStream();
    assertThat(in.available()).isZero();
    send(pair.server, "12345");
    await().until(() -> in.available() == 5);
    assertThat(receive(pair.client, 2)).isEqualTo("12");
    assertThat(in.available()).isEqualTo(3);
    assertThat(receive(pair.client, 3)).isEqualTo("345");
    pair.server.close();
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.available()).isZero();
  }

  @Test
  void shouldEndAReadAfterItsTimeAndGoOn() throws IOException {
    pair.client.setSoTimeout(50);
    assertThat(pair.client.getSoTimeout()).isEqualTo(50);
    assertThatThrownBy(() -> pair.client.getInputStream().read())
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Read timed out");
    pair.client.setSoTimeout(SOON);
    send(pair.server, "late");
    assertThat(receive(pair.client, 4)).isEqualTo("late");
  }

  // ---- half close

  @Test
  void shouldCloseOneHalf() throws IOException {
    OutputStream out = pair.client.getOutputStream();
    send(pair.client, "last");
    pair.client.shutdownOutput();
    assertThat(pair.client.isOutputShutdown()).isTrue();
    assertThat(new String(pair.server.getInputStream().readAllBytes(), UTF_8)).isEqualTo("last");
    assertThatThrownBy(() -> out.write('x')).isInstanceOf(SocketException.class);
    assertThatThrownBy(pair.client::getOutputStream).hasMessage("Socket output is shutdown");
    send(pair.server, "still");
    assertThat(receive(pair.client, 5)).isEqualTo("still");
  }

  @Test
  void shouldReadTheEndAfterItShutItsInput() throws IOException {
    InputStream in = pair.client.getInputStream();
    send(pair.server, "unread");
    await().until(() -> in.available() == 6);
    pair.client.shutdownInput();
    assertThat(pair.client.isInputShutdown()).isTrue();
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.available()).isZero();
    assertThatThrownBy(pair.client::getInputStream).hasMessage("Socket input is shutdown");
    send(pair.client, "still");
    assertThat(receive(pair.server, 5)).isEqualTo("still");
  }

  @Test
  void shouldEndAWaitingReadByShutdownInput() throws Exception {
    InputStream in = pair.client.getInputStream();
    Future<Integer> reading = whileWaiting(in::read, thread -> pair.client.shutdownInput());
    assertThat(reading.get(30, SECONDS)).isEqualTo(-1);
  }

  @Test
  void shouldShutWhatHasEnded() throws IOException {
    pair.server.setSoLinger(true, 0);
    pair.server.close();
    assertThatThrownBy(() -> pair.client.getInputStream().read())
        .isInstanceOf(SocketException.class);
    pair.client.shutdownOutput();
    pair.client.shutdownInput();
    assertThat(pair.client.isOutputShutdown()).isTrue();
  }

  // ---- the end

  @Test
  void shouldReadWhatCameAndThenTheEnd() throws IOException {
    send(pair.server, "bye");
    pair.server.close();
    assertThat(new String(pair.client.getInputStream().readAllBytes(), UTF_8)).isEqualTo("bye");
    assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
    assertThat(pair.client.getInputStream().read(new byte[0])).isZero();
  }

  @Test
  void shouldReadAReset() throws IOException {
    pair.server.setSoLinger(true, 0);
    assertThat(pair.server.getSoLinger()).isZero();
    pair.server.close();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> pair.client.getInputStream().read())
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Connection reset");
    }
  }

  @Test
  void shouldNotWriteToNobody() throws IOException {
    pair.server.close();
    assertThatThrownBy(
            () -> {
              while (true) {
                pair.client.getOutputStream().write(new byte[1000]);
              }
            })
        .isInstanceOf(SocketException.class)
        .satisfies(
            e -> assertThat(e.getMessage()).matches("Broken pipe|Connection reset( by peer)?"));
  }

  @Test
  void shouldRefuseEverythingWhenClosed() throws IOException {
    InputStream in = pair.client.getInputStream();
    OutputStream out = pair.client.getOutputStream();
    pair.client.close();
    pair.client.close();
    for (Callable<?> use :
        List.<Callable<?>>of(
            in::read,
            in::available,
            () -> {
              out.write(1);
              return null;
            },
            pair.client::getInputStream,
            pair.client::getSoTimeout,
            pair.client::getTcpNoDelay,
            () -> pair.client.getOption(StandardSocketOptions.TCP_NODELAY),
            () -> {
              pair.client.shutdownOutput();
              return null;
            },
            () -> {
              pair.client.connect(pair.listener.getLocalSocketAddress());
              return null;
            })) {
      assertThatThrownBy(use::call)
          .isExactlyInstanceOf(SocketException.class)
          .satisfies(e -> assertThat(e.getMessage()).matches("Socket (is )?closed"));
    }
    pair.listener.close();
    assertThatThrownBy(pair.listener::accept)
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket is closed");
  }

  @Test
  void shouldCloseByItsStreams() throws IOException {
    pair.client.getInputStream().close();
    assertThat(pair.client.isClosed()).isTrue();
    assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
    pair.server.getOutputStream().close();
    assertThat(pair.server.isClosed()).isTrue();
  }

  // ---- close from another thread

  @Test
  void shouldEndAWaitingReadByClose() throws Exception {
    assertEndsClosed(
        whileWaiting(pair.client.getInputStream()::read, thread -> pair.client.close()));
  }

  @Test
  void shouldEndAWaitingWriteByClose() throws Exception {
    OutputStream out = pair.client.getOutputStream();
    byte[] endless = new byte[64 << 20];
    assertEndsClosed(
        whileWaiting(
            () -> {
              out.write(endless);
              return null;
            },
            thread -> pair.client.close()));
  }

  // ---- interrupts

  @Test
  void shouldNotNoticeAPlatformThreadsInterrupt() throws Exception {
    Future<Boolean> reading =
        whileWaiting(
            () ->
                pair.client.getInputStream().read() == 'x'
                    && Thread.currentThread().isInterrupted(),
            thread -> {
              thread.interrupt();
              send(pair.server, "x");
            });
    assertThat(reading.get(30, SECONDS)).as("read, and still interrupted").isTrue();

    Future<Boolean> accepting =
        whileWaiting(
            () -> {
              pair.listener.accept().close();
              return Thread.currentThread().isInterrupted();
            },
            thread -> {
              thread.interrupt();
              pair.clients.createSocket(LOOPBACK, pair.listener.getLocalPort()).close();
            });
    assertThat(accepting.get(30, SECONDS)).isTrue();

    Thread.currentThread().interrupt();
    try (Socket more = pair.clients.createSocket(LOOPBACK, pair.listener.getLocalPort());
        Socket accepted = pair.listener.accept()) {
      send(more, "y");
      assertThat(receive(accepted, 1)).isEqualTo("y");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
