package dev.sockbroker.demo;

import dev.sockbroker.client.SharedSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The part of HTTP/1.1 that the demo's workers need: one request per connection. */
final class HttpExchange {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int HEAD_MAX = 16 << 10;
  private static final String HEAD_END = "\r\n\r\n";

  private HttpExchange() {}

  /**
   * Reads the head of the request.
   *
   * @return the number of body bytes that arrived with it
   */
  static int readHead(SharedSocket connection) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(HEAD_MAX);
    int end = -1;
    while (end < 0) {
      if (!in.hasRemaining() || connection.receive(in, PATIENCE) < 0) {
        throw new EOFException("the request's head has no end");
      }
      String text = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
      end = text.indexOf(HEAD_END);
    }
    return in.position() - end - HEAD_END.length();
  }

  /** Writes the head of the reply. The connection is not used for a second request. */
  static void writeHead(SharedSocket connection, String worker, int length) throws IOException {
    String head =
        """
        HTTP/1.1 200 OK
        Worker: %s
        Content-Length: %d
        Connection: close

        """
            .formatted(worker, length)
            .replace("\n", "\r\n");
    write(connection, head.getBytes(StandardCharsets.US_ASCII));
  }

  static void write(SharedSocket connection, byte[] bytes) throws IOException {
    connection.outputStream(PATIENCE).write(bytes);
  }

  /** Reads exactly that many bytes. */
  static byte[] read(SharedSocket connection, int count) throws IOException {
    return connection.inputStream(PATIENCE).readNBytes(count);
  }

  /** Reads a request without a body, replies to it, and closes. */
  static void serve(SharedSocket connection, String worker) throws IOException {
    try (connection) {
      readHead(connection);
      byte[] body = ("hello from worker " + worker + "\n").getBytes(StandardCharsets.US_ASCII);
      writeHead(connection, worker, body.length);
      write(connection, body);
    }
  }
}
