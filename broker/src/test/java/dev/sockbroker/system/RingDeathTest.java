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
  private static final int PEEK = 16;

  @TempDir Path directory;

  private final AtomicLong arrived = new AtomicLong();
  private final AtomicReference<String> wrong = new AtomicReference<>();

  @Test
  void shouldLoseNothingWhenWorkersAreKilled() throws Exception {
    Path script = directory.resolve("ring-worker.py");
    try (InputStream source = RingDeathTest.class.getResourceAsStream("ring-worker.py")) {
      Files.copy(source, script);
    }
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket keeper = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      Thread.ofPlatform().daemon().start(() -> send(peer));
      Thread.ofPlatform().daemon().start(() -> receive(peer));
      int fds = process.fdCount();
      Random random = new Random(KILLS);
      MappedByteBuffer record = record();
      Process workers = workers(script, process.socket());
      long taken = 0;
      try {
        for (int i = 0; i < KILLS; i++) {
          long sent = arrived.get();
          put(record, taken, sent);
          work(workers, keeper, record, sent, random);
          long position = next(keeper);
          assertThat(position)
              .as("where the next holder goes on, after %d kills", i + 1)
              .isIn(record.getLong(0), record.getLong(8));
          taken = position + PEEK;
          awaitSent(record);
          assertThat(wrong.get()).isNull();
        }
      } finally {
        end(workers);
      }
      await().atMost(SOON).until(() -> process.fdCount() == fds);
    }
  }

  /** Four numbers that the script defines, all at the worker's start position. */
  private MappedByteBuffer record() throws IOException {
    Path file = Files.write(directory.resolve("record"), new byte[32]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer record = channel.map(MapMode.READ_WRITE, 0, 32);
      record.order(ByteOrder.nativeOrder());
      return record;
    }
  }

  private static void put(MappedByteBuffer record, long taken, long sent) {
    record.putLong(0, taken).putLong(8, taken).putLong(16, sent).putLong(24, sent);
  }

  private Process workers(Path script, Path broker) throws IOException {
    return new ProcessBuilder(
            "python3", script.toString(), broker.toString(), directory.resolve("record").toString())
        .redirectErrorStream(true)
        .start();
  }

  /** The life of a worker, which SIGKILL ends after some progress. */
  private static void work(
      Process workers, SharedSocket keeper, MappedByteBuffer record, long sent, Random random)
      throws Exception {
    long taken = record.getLong(8);
    ProcessHandle worker =
        ProcessHandle.of(Long.parseLong(workers.inputReader().readLine())).orElseThrow();
    String token = keeper.duplicate(Target.pid(worker.pid()), Rights.all()).text();
    workers.outputWriter().append(token + " " + taken + " " + sent + "\n").flush();
    long far = random.nextInt(60_000);
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> record.getLong(8) > taken + far || !worker.isAlive());
    assertThat(worker.isAlive())
        .withFailMessage(() -> "the worker has ended: " + words(workers))
        .isTrue();
    worker.destroyForcibly();
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

  /** Takes some bytes as the next holder, and returns their position. */
  private static long next(SharedSocket keeper) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(PEEK);
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
    return position(bytes.flip());
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
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = byteAt(position + i);
        }
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
        for (int i = 0; i < count; i++) {
          if (bytes[i] != byteAt(from + i)) {
            wrong.compareAndSet(null, "another byte than expected at " + (from + i));
          }
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
