package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers move bytes through a stream and are killed in the middle, one after the other, each with
 * a connection of its own. The peer receives what they have written and nothing else. What was
 * passed on to them and what the next holder receives has one gap at most: what they had not read.
 * The workers are written in Python from the protocol's README alone. {@code -Dstream.kills=500}
 * kills more of them.
 */
@Timeout(600)
final class StreamDeathTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int KILLS = Integer.getInteger("stream.kills", 20);
  private static final int PREFETCH = 64 << 10;

  /** The largest receive of a worker, which it may not have written down. */
  private static final int LARGEST = 200_000;

  @TempDir Path directory;

  @Test
  void shouldSendWhatWasWrittenWhenWorkersAreKilled() throws Exception {
    Needs.programs("python3");
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket());
        WireClient observer = WireClient.welcomed(process.socket())) {
      int fds = process.fdCount();
      Random random = new Random(KILLS);
      try (DyingWorkers workers =
          DyingWorkers.start("stream-worker.py", directory, process.socket(), 3)) {
        for (int i = 0; i < KILLS; i++) {
          work(workers, broker, observer, random);
        }
      }
      await().atMost(SOON).until(() -> process.fdCount() <= fds);
    }
  }

  /** The connection and the life of a worker, which SIGKILL ends after some progress. */
  private static void work(DyingWorkers workers, Broker broker, WireClient observer, Random random)
      throws Exception {
    MappedByteBuffer record = workers.record();
    record.putLong(0, 0).putLong(8, 0).putLong(16, 0);
    long pid = workers.next();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong arrived = new AtomicLong();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket keeper = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      FutureTask<Long> sending = begin(() -> send(peer.getOutputStream(), stop));
      String token = keeper.duplicate(Target.pid(pid), Rights.all()).text();
      workers.tell(token);
      boolean peerReads = random.nextBoolean();
      FutureTask<Long> receiving =
          peerReads ? begin(() -> receive(peer.getInputStream(), arrived)) : null;
      long far = random.nextInt(2_000_000);
      workers
          .killWhen(() -> record.getLong(0) > far && (record.getLong(16) > far || !peerReads))
          .onExit()
          .get(30, SECONDS);
      if (receiving == null) {
        receiving = begin(() -> receive(peer.getInputStream(), arrived));
      }
      awaitNoStream(observer);
      keeper.shutdown(Direction.SEND);
      assertThat(receiving.get(30, SECONDS))
          .as("what the peer has received")
          .isBetween(record.getLong(16), record.getLong(8));
      assertContinues(keeper, record.getLong(0), stop, sending);
    }
  }

  private static void awaitNoStream(WireClient observer) {
    await().atMost(SOON).until(() -> observer.streams() == 0);
  }

  /** The next holder receives everything from a position on that the broker has passed on. */
  private static void assertContinues(
      SharedSocket keeper, long received, AtomicBoolean stop, FutureTask<Long> sending)
      throws Exception {
    ByteBuffer first = ByteBuffer.allocate(NumberedBytes.ENOUGH);
    while (first.hasRemaining()) {
      keeper.receive(first, SOON);
    }
    long position = NumberedBytes.position(first.flip());
    assertThat(position)
        .as("where the next holder goes on")
        .isBetween(received, received + PREFETCH + LARGEST);
    stop.set(true);
    long next = position + NumberedBytes.ENOUGH;
    ByteBuffer bytes = ByteBuffer.allocate(60_000);
    while (!sending.isDone() || next < sending.get()) {
      int count = keeper.receive(bytes.clear(), SOON);
      assertThat(count).isPositive();
      assertThat(NumberedBytes.areAt(next, bytes, count)).as("no gap after %d", next).isTrue();
      next += count;
    }
    assertThat(next).isEqualTo(sending.get());
  }

  /** Sends until it is stopped, at least one byte afterwards. Returns how much. */
  private static long send(OutputStream out, AtomicBoolean stop) throws IOException {
    byte[] bytes = new byte[1 << 16];
    long position = 0;
    boolean last;
    do {
      last = stop.get();
      NumberedBytes.fill(bytes, position);
      out.write(bytes);
      position += bytes.length;
    } while (!last);
    return position;
  }

  private static long receive(InputStream in, AtomicLong arrived) throws IOException {
    byte[] bytes = new byte[1 << 16];
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      long from = arrived.get();
      if (!NumberedBytes.areAt(from, ByteBuffer.wrap(bytes), count)) {
        throw new AssertionError("another byte than expected after " + from);
      }
      arrived.addAndGet(count);
    }
    return arrived.get();
  }
}
