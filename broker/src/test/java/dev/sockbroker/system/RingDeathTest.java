package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers move bytes through a ring and are killed in the middle, one after the other. No byte of
 * the connection is lost or duplicated in either direction, and nothing remains in the broker. The
 * workers are written in Python from the protocol's README alone. {@code -Dring.kills=500} kills
 * more of them.
 */
@Timeout(600)
final class RingDeathTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int KILLS = Integer.getInteger("ring.kills", 50);

  @TempDir Path directory;

  private final AtomicLong arrived = new AtomicLong();
  private final AtomicReference<String> wrong = new AtomicReference<>();

  @Test
  void shouldLoseNothingWhenWorkersAreKilled() throws Exception {
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket keeper = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      Thread.ofPlatform().daemon().start(() -> send(peer));
      Thread.ofPlatform().daemon().start(() -> receive(peer));
      int fds = process.fdCount();
      Random random = new Random(KILLS);
      long taken = 0;
      try (DyingWorkers workers =
          DyingWorkers.start("ring-worker.py", directory, process.socket(), 4)) {
        MappedByteBuffer record = workers.record();
        for (int i = 0; i < KILLS; i++) {
          long sent = arrived.get();
          put(record, taken, sent);
          work(workers, keeper, sent, random);
          long position = next(keeper);
          assertThat(position)
              .as("where the next holder goes on, after %d kills", i + 1)
              .isIn(record.getLong(0), record.getLong(8));
          taken = position + NumberedBytes.ENOUGH;
          awaitSent(record);
          assertThat(wrong.get()).isNull();
        }
      }
      await().atMost(SOON).until(() -> process.fdCount() == fds);
    }
  }

  /** Starts all numbers at the worker's start position. */
  private static void put(MappedByteBuffer record, long taken, long sent) {
    record.putLong(0, taken).putLong(8, taken).putLong(16, sent).putLong(24, sent);
  }

  /** The life of a worker, which SIGKILL ends after some progress. */
  private static void work(DyingWorkers workers, SharedSocket keeper, long sent, Random random)
      throws Exception {
    MappedByteBuffer record = workers.record();
    long taken = record.getLong(8);
    String token = keeper.duplicate(Target.pid(workers.next()), Rights.all()).text();
    workers.tell(token + " " + taken + " " + sent);
    long far = random.nextInt(60_000);
    workers.killWhen(() -> record.getLong(8) > taken + far);
  }

  /** Takes some bytes as the next holder, and returns their position. */
  private static long next(SharedSocket keeper) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(NumberedBytes.ENOUGH);
    long deadline = System.nanoTime() + SOON.toNanos();
    while (bytes.hasRemaining()) {
      try {
        keeper.receive(bytes, SOON);
      } catch (BrokerException e) {
        // the broker has not noticed the worker's end yet
        if (e.errno() != Errno.EBUSY || System.nanoTime() - deadline > 0) {
          throw e;
        }
        Thread.yield();
      }
    }
    return NumberedBytes.position(bytes.flip());
  }

  /** Everything that the worker put into the ring has arrived, and nothing else. */
  private void awaitSent(MappedByteBuffer record) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () ->
                wrong.get() != null
                    || arrived.get() == record.getLong(16)
                    || arrived.get() == record.getLong(24));
  }

  private static void send(Socket peer) {
    byte[] bytes = new byte[1 << 16];
    try {
      OutputStream out = peer.getOutputStream();
      for (long position = 0; ; position += bytes.length) {
        NumberedBytes.fill(bytes, position);
        out.write(bytes);
      }
    } catch (SocketException closed) {
      // the test has closed it
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void receive(Socket peer) {
    byte[] bytes = new byte[1 << 16];
    try {
      InputStream in = peer.getInputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        long from = arrived.get();
        if (!NumberedBytes.areAt(from, ByteBuffer.wrap(bytes), count)) {
          wrong.compareAndSet(null, "another byte than expected after " + from);
        }
        arrived.addAndGet(count);
      }
    } catch (SocketException closed) {
      // the test has closed it
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
