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
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
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

  private static final int PEEK = 16;

  @TempDir Path directory;

  @Test
  void shouldSendWhatWasWrittenWhenWorkersAreKilled() throws Exception {
    Needs.programs("python3");
    Path script = directory.resolve("stream-worker.py");
    try (InputStream source = StreamDeathTest.class.getResourceAsStream("stream-worker.py")) {
      Files.copy(source, script);
    }
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket());
        WireClient observer = WireClient.welcomed(process.socket())) {
      int fds = process.fdCount();
      Random random = new Random(KILLS);
      MappedByteBuffer record = record();
      Process workers = workers(script, process.socket());
      try {
        for (int i = 0; i < KILLS; i++) {
          work(workers, broker, observer, record, random);
        }
      } finally {
        end(workers);
      }
      await().atMost(SOON).until(() -> process.fdCount() <= fds);
    }
  }

  /** Three numbers that the script defines. */
  private MappedByteBuffer record() throws IOException {
    Path file = Files.write(directory.resolve("record"), new byte[24]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer record = channel.map(MapMode.READ_WRITE, 0, 24);
      record.order(ByteOrder.nativeOrder());
      return record;
    }
  }

  private Process workers(Path script, Path broker) throws IOException {
    return new ProcessBuilder(
            "python3", script.toString(), broker.toString(), directory.resolve("record").toString())
        .redirectErrorStream(true)
        .start();
  }

  /** The connection and the life of a worker, which SIGKILL ends after some progress. */
  private static void work(
      Process workers, Broker broker, WireClient observer, MappedByteBuffer record, Random random)
      throws Exception {
    record.putLong(0, 0).putLong(8, 0).putLong(16, 0);
    ProcessHandle worker =
        ProcessHandle.of(Long.parseLong(workers.inputReader().readLine())).orElseThrow();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong arrived = new AtomicLong();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket keeper = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      FutureTask<Long> sending = begin(() -> send(peer.getOutputStream(), stop));
      String token = keeper.duplicate(Target.pid(worker.pid()), Rights.all()).text();
      workers.outputWriter().append(token + "\n").flush();
      boolean peerReads = random.nextBoolean();
      FutureTask<Long> receiving =
          peerReads ? begin(() -> receive(peer.getInputStream(), arrived)) : null;
      long far = random.nextInt(2_000_000);
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () ->
                  record.getLong(0) > far && (record.getLong(16) > far || !peerReads)
                      || !worker.isAlive());
      assertThat(worker.isAlive())
          .withFailMessage(() -> "the worker has ended: " + words(workers))
          .isTrue();
      worker.destroyForcibly();
      worker.onExit().get(30, SECONDS);
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
    await()
        .atMost(SOON)
        .until(() -> observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).streams() == 0);
  }

  /** The next holder receives everything from a position on that the broker has passed on. */
  private static void assertContinues(
      SharedSocket keeper, long received, AtomicBoolean stop, FutureTask<Long> sending)
      throws Exception {
    ByteBuffer first = ByteBuffer.allocate(PEEK);
    while (first.hasRemaining()) {
      keeper.receive(first, SOON);
    }
    long position = position(first.flip());
    assertThat(position)
        .as("where the next holder goes on")
        .isBetween(received, received + PREFETCH + LARGEST);
    stop.set(true);
    long next = position + PEEK;
    ByteBuffer bytes = ByteBuffer.allocate(60_000);
    while (!sending.isDone() || next < sending.get()) {
      int count = keeper.receive(bytes.clear(), SOON);
      assertThat(count).isPositive();
      for (int i = 0; i < count; i++) {
        if (bytes.get(i) != byteAt(next + i)) {
          throw new AssertionError("a gap at " + (next + i));
        }
      }
      next += count;
    }
    assertThat(next).isEqualTo(sending.get());
  }

  /** The parent first, because it would start another worker. */
  private static void end(Process workers) {
    List<ProcessHandle> last = workers.descendants().toList();
    workers.destroyForcibly();
    last.forEach(ProcessHandle::destroyForcibly);
  }

  private static String words(Process workers) {
    return String.join("\n", workers.inputReader().lines().toList());
  }

  /** The only possible position of these bytes. */
  private static long position(ByteBuffer bytes) {
    for (int offset = 0; offset < 4; offset++) {
      long number = Integer.toUnsignedLong(bytes.getInt((4 - offset) % 4));
      long first = 4 * (offset == 0 ? number : number - 1) + offset;
      boolean fits = true;
      for (int i = 0; i < PEEK; i++) {
        fits &= bytes.get(i) == byteAt(first + i);
      }
      if (fits) {
        return first;
      }
    }
    throw new AssertionError("bytes that stand nowhere");
  }

  private static byte byteAt(long position) {
    return (byte) (position / 4 >> 8 * (3 - position % 4));
  }

  /** Sends until it is stopped, at least one byte afterwards. Returns how much. */
  private static long send(OutputStream out, AtomicBoolean stop) throws IOException {
    byte[] bytes = new byte[1 << 16];
    long position = 0;
    boolean last;
    do {
      last = stop.get();
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = byteAt(position + i);
      }
      out.write(bytes);
      position += bytes.length;
    } while (!last);
    return position;
  }

  private static long receive(InputStream in, AtomicLong arrived) throws IOException {
    byte[] bytes = new byte[1 << 16];
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      long from = arrived.get();
      for (int i = 0; i < count; i++) {
        if (bytes[i] != byteAt(from + i)) {
          throw new AssertionError("another byte than expected at " + (from + i));
        }
      }
      arrived.addAndGet(count);
    }
    return arrived.get();
  }
}
