package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes through the client library: many, in order, urgent, and from many threads. */
@Timeout(60)
@WithBroker
final class LibraryTransfersTest {
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
  void shouldMoveManyBytesBothWaysAtTheSameTime() throws Exception {
    byte[] bytes = new byte[16 << 20];
    new Random(1).nextBytes(bytes);
    try (Loopback pair = Loopback.connect(broker)) {
      FutureTask<byte[]> plainReads =
          begin(() -> pair.plain().getInputStream().readNBytes(bytes.length));
      FutureTask<byte[]> sharedReads =
          begin(() -> pair.shared().inputStream().readNBytes(bytes.length));
      CompletableFuture<Integer> sent = pair.shared().sendAsync(ByteBuffer.wrap(bytes));
      pair.plain().getOutputStream().write(bytes);

      assertThat(sharedReads.get(30, SECONDS)).isEqualTo(bytes);
      assertThat(plainReads.get(30, SECONDS)).isEqualTo(bytes);
      assertThat(sent.get(30, SECONDS)).isEqualTo(bytes.length);
    }
  }

  @Test
  void shouldLetSocketsPassOthersWhosePeersDoNotRead() throws Exception {
    List<Loopback> stuck = new ArrayList<>();
    try (Loopback free = Loopback.connect(broker)) {
      for (int i = 0; i < 8; i++) {
        Loopback pair = Loopback.connect(broker);
        stuck.add(pair);
        pair.shared().sendAsync(ByteBuffer.allocate(64 << 20));
      }
      FutureTask<byte[]> read = begin(() -> free.plain().getInputStream().readNBytes(4 << 20));

      assertThat(free.shared().send(ByteBuffer.allocate(4 << 20), SOON)).isEqualTo(4 << 20);

      assertThat(read.get(30, SECONDS)).hasSize(4 << 20);
    } finally {
      for (Loopback pair : stuck) {
        pair.close();
      }
    }
  }

  @Test
  void shouldKeepTheOrderOfManySends() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      int sends = 500;
      int size = 10_000;
      FutureTask<byte[]> read = begin(() -> pair.plain().getInputStream().readNBytes(sends * size));
      List<CompletableFuture<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < sends; i++) {
        ByteBuffer buffer = ByteBuffer.allocate(size).putInt(0, i);
        sent.add(pair.shared().sendAsync(buffer));
      }

      ByteBuffer got = ByteBuffer.wrap(read.get(30, SECONDS));
      for (int i = 0; i < sends; i++) {
        assertThat(got.getInt(i * size)).isEqualTo(i);
        assertThat(sent.get(i).get(30, SECONDS)).isEqualTo(size);
      }
    }
  }

  @Test
  void shouldAnswerHowMuchWasTakenWhenTheTimeIsOver() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      ByteBuffer from = ByteBuffer.allocate(32 << 20);

      int taken = pair.shared().send(from, Duration.ofMillis(100));

      assertThat(taken).isPositive().isLessThan(32 << 20);
      assertThat(from.position()).isEqualTo(taken);
      OutputStream out = pair.shared().outputStream(Duration.ofMillis(50));
      assertThatThrownBy(() -> out.write(new byte[1 << 20]))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void shouldPeekAndTakeUrgentBytes() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      ByteBuffer into = ByteBuffer.allocate(8);
      pair.plain().getOutputStream().write(7);
      assertThat(pair.shared().peek(into, SOON)).isEqualTo(1);
      assertThat(pair.shared().receive(into, SOON)).isEqualTo(1);
      assertThat(into.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {7, 7}));

      pair.plain().setOOBInline(true);
      pair.shared().sendUrgent(ByteBuffer.wrap(new byte[] {9}));
      assertThat(pair.plain().getInputStream().read()).isEqualTo(9);
      assertThatThrownBy(() -> pair.shared().receiveUrgent(ByteBuffer.allocate(1)))
          .hasMessageStartingWith("EINVAL");
    }
  }

  @Test
  void shouldServeAThousandVirtualThreads() throws Exception {
    int threads = 1000;
    List<Loopback> pairs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      pairs.add(Loopback.connect(broker));
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> reads = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        SharedSocket shared = pairs.get(i % pairs.size()).shared();
        reads.add(executor.submit(() -> shared.receive(ByteBuffer.allocate(1))));
      }
      for (Loopback pair : pairs) {
        pair.plain().getOutputStream().write(new byte[threads / pairs.size()]);
      }
      for (Future<Integer> read : reads) {
        assertThat(read.get(30, SECONDS)).isEqualTo(1);
      }
    } finally {
      for (Loopback pair : pairs) {
        pair.close();
      }
    }
  }
}
