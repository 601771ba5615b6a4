package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorInfo;
import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Echoes each line on connections that outlive this worker. It keeps no state. If it is killed at
 * any moment, the next worker finds everything that it needs.
 *
 * <p>The worker peeks at a line, replies, and only then takes the line. So a line without a reply
 * is still there for the next worker. If the worker dies between the last two steps, the line has
 * its reply but was not taken. TCP_INFO shows how many bytes were ever sent on the connection, so
 * the next worker does not send that reply again.
 */
public final class ChatWorkerMain {
  private static final Duration RETENTION = Duration.ofMinutes(1);
  private static final String PREFIX = "chat-";
  private static final int BUFFER_BYTES = 1 << 14;

  private final Broker broker;
  private final AtomicLong names;

  private ChatWorkerMain(Broker broker, long firstName) {
    this.broker = broker;
    names = new AtomicLong(firstName);
  }

  /**
   * The command of a worker.
   *
   * @param number unique among the workers of the listener
   */
  static List<String> line(Path broker, String listener, int number) {
    return Server.java(ChatWorkerMain.class, broker.toString(), listener, "" + number);
  }

  /**
   * @param arguments the broker's socket, the listener's name, and a unique number for the names
   *     that this worker gives
   */
  public static void main(String[] arguments) throws IOException {
    Broker broker = Broker.connect(Path.of(arguments[0]));
    ChatWorkerMain worker = new ChatWorkerMain(broker, 1000 * Long.parseLong(arguments[2]));
    worker.goOnWithAll();
    System.out.println("ready");
    worker.acceptAll(broker.attach(arguments[1]));
  }

  /** Takes over the connections of a worker that has ended. */
  private void goOnWithAll() throws IOException {
    for (DescriptorInfo row : broker.list()) {
      String name = row.socket().name();
      if (name != null && name.startsWith(PREFIX)) {
        SharedSocket connection = broker.attach(name);
        Thread.ofVirtual().start(() -> answer(connection));
      }
    }
  }

  /** A connection survives the worker's death as soon as it has its name. */
  private void acceptAll(SharedSocket listener) throws IOException {
    while (true) {
      SharedSocket connection = listener.accept();
      connection.name(PREFIX + names.getAndIncrement(), RETENTION);
      Thread.ofVirtual().start(() -> answer(connection));
    }
  }

  private void answer(SharedSocket connection) {
    try {
      long answered = answeredBefore(connection);
      ByteBuffer lines = ByteBuffer.allocate(BUFFER_BYTES);
      while (peekLines(connection, lines)) {
        long first = Chat.offset(lines.array(), 0);
        int length = lines.limit();
        lines.position(Math.clamp(answered - first, 0, length));
        while (lines.hasRemaining()) {
          connection.send(lines);
        }
        answered = Math.max(answered, first + length);
        take(connection, length);
      }
      connection.unname();
      connection.close();
    } catch (IOException e) {
      System.err.println("a connection is lost: " + e);
    }
  }

  /** The number of bytes that all workers together have given to the kernel to send. */
  private static long answeredBefore(SharedSocket connection) throws IOException {
    Map<?, ?> counters = (Map<?, ?>) connection.getOption("TCP_INFO");
    return counter(counters, "tcpi_bytes_sent")
        - counter(counters, "tcpi_bytes_retrans")
        + counter(counters, "tcpi_notsent_bytes");
  }

  private static long counter(Map<?, ?> counters, String name) {
    return ((Number) counters.get(name)).longValue();
  }

  /** Waits for at least one whole line. Returns false at the end of the stream. */
  private static boolean peekLines(SharedSocket connection, ByteBuffer lines) throws IOException {
    while (true) {
      lines.clear();
      if (connection.peek(lines) <= 0) {
        return false;
      }
      lines.flip();
      int whole = lines.limit() / Chat.LINE_BYTES * Chat.LINE_BYTES;
      if (whole > 0) {
        lines.limit(whole);
        return true;
      }
      Thread.onSpinWait();
    }
  }

  private static void take(SharedSocket connection, int length) throws IOException {
    ByteBuffer taken = ByteBuffer.allocate(length);
    while (taken.hasRemaining()) {
      connection.receive(taken);
    }
  }
}
