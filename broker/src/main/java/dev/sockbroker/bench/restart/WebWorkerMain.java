package dev.sockbroker.bench.restart;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Phaser;

/**
 * An HTTP server that uses the client library on a listener that it joins. After SIGTERM it accepts
 * no more connections, sends {@code Connection: close} in its next replies, and ends with its last
 * connection.
 */
public final class WebWorkerMain {
  private static final String BODY = "hello\n";
  private static final int REQUEST_BYTES_MAX = 1 << 13;

  /** Limits how long a silent client can delay the end. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(5);

  private final Broker broker;
  private final SharedSocket listener;

  /** The accept loop, each connection, and the thread that waits for their end. */
  private final Phaser busy = new Phaser(1);

  private volatile boolean ending;

  private WebWorkerMain(Broker broker, SharedSocket listener) {
    this.broker = broker;
    this.listener = listener;
  }

  /**
   * @param arguments the broker's socket, the listener's name
   */
  public static void main(String[] arguments) throws IOException {
    Broker broker = Broker.connect(Path.of(arguments[0]));
    WebWorkerMain worker = new WebWorkerMain(broker, broker.attach(arguments[1]));
    Runtime.getRuntime().addShutdownHook(new Thread(worker::end));
    worker.busy.register();
    Thread.ofPlatform().start(worker::acceptAll);
    System.out.println("ready");
  }

  private void end() {
    ending = true;
    // a waiting accept ends with ECANCELED; an accept that has a connection returns it
    listener.closeAsync().join();
    busy.arriveAndAwaitAdvance();
    broker.close();
  }

  private void acceptAll() {
    try {
      while (true) {
        SharedSocket connection = listener.accept();
        busy.register();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      if (!ending) {
        throw new AssertionError("the listener is gone", e);
      }
    } finally {
      busy.arriveAndDeregister();
    }
  }

  private void serve(SharedSocket connection) {
    try (connection) {
      ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES_MAX);
      boolean last = false;
      while (!last && receiveHead(connection, request)) {
        last = ending;
        ByteBuffer answer = answer(last);
        while (answer.hasRemaining()) {
          connection.send(answer);
        }
      }
    } catch (IOException e) {
      // the client has gone, and counts a failure if it expected a reply
      return;
    } finally {
      busy.arriveAndDeregister();
    }
  }

  /** Reads the head of a GET without a body. Returns false at the end. */
  private static boolean receiveHead(SharedSocket connection, ByteBuffer request)
      throws IOException {
    request.clear();
    while (!endsHead(request)) {
      if (connection.receive(request, SILENCE_MAX) <= 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean endsHead(ByteBuffer request) {
    int end = request.position();
    return end >= 4 && request.getInt(end - 4) == 0x0d0a0d0a;
  }

  private static ByteBuffer answer(boolean last) {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length() + "\r\n";
    String text = head + (last ? "Connection: close\r\n" : "") + "\r\n" + BODY;
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }
}
