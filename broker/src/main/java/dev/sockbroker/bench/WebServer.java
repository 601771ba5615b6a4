package dev.sockbroker.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A blocking web server with a thread for each connection. Every reply has a body of 5 bytes. */
final class WebServer implements Closeable {
  static final int REQUEST_BYTES_MAX = 8192;

  /** In the head of a request or reply after which the server closes the connection. */
  static final String CLOSE = "Connection: close\r\n";

  private static final byte[] REPLY = reply("");
  private static final byte[] LAST_REPLY = reply(CLOSE);
  private static final int END_OF_HEAD = 0x0d0a0d0a;

  private final WebListener listener;
  private volatile boolean closed;

  WebServer(WebListener listener) {
    this.listener = listener;
  }

  /**
   * @param last whether the server closes the connection after it
   */
  static byte[] reply(boolean last) {
    return last ? LAST_REPLY : REPLY;
  }

  private static byte[] reply(String more) {
    return ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + more + "\r\nhello").getBytes(US_ASCII);
  }

  /** The size of a reply in bytes. */
  static int replyBytes(boolean last) {
    return last ? LAST_REPLY.length : REPLY.length;
  }

  /** Accepts connections until the listener is closed. */
  void serve() {
    try {
      while (true) {
        WebListener.Accepted accepted = listener.source().accept();
        Thread.ofPlatform().daemon().start(() -> serve(accepted));
      }
    } catch (IOException e) {
      if (!closed) {
        // a server that no longer accepts would let its clients wait
        e.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listener.close();
  }

  private static void serve(WebListener.Accepted accepted) {
    ByteBuffer request = ByteBuffer.allocateDirect(REQUEST_BYTES_MAX);
    ByteBuffer reply = ByteBuffer.allocateDirect(REQUEST_BYTES_MAX);
    try (WebConnection connection = accepted.open()) {
      boolean last = false;
      while (!last && readHead(connection, request)) {
        last = asksToClose(request.flip());
        reply.clear().put(last ? LAST_REPLY : REPLY).flip();
        while (reply.hasRemaining()) {
          connection.writing().write(reply);
        }
      }
    } catch (IOException e) {
      // the client closes as soon as its time is over, and counts failures itself
      return;
    }
  }

  /** Returns false if the client has closed. */
  private static boolean readHead(WebConnection connection, ByteBuffer request) throws IOException {
    request.clear();
    while (request.position() < Integer.BYTES
        || request.getInt(request.position() - Integer.BYTES) != END_OF_HEAD) {
      if (connection.reading().read(request) <= 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean asksToClose(ByteBuffer request) {
    return US_ASCII.decode(request).toString().contains(CLOSE);
  }
}
