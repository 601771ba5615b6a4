package dev.sockbroker.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/** The peer as the clients of a web server, all on one thread, where wrk is not installed. */
final class WebClients {
  private final SocketAddress server;
  private final boolean keepAlive;
  private final ByteBuffer request;
  private final ByteBuffer reply;
  private final Histogram nanos = Latency.histogram();

  WebClients(SocketAddress server, boolean keepAlive) {
    this.server = server;
    this.keepAlive = keepAlive;
    String more = keepAlive ? "" : WebServer.CLOSE;
    byte[] head = ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "\r\n").getBytes(US_ASCII);
    request = ByteBuffer.allocateDirect(head.length).put(head);
    reply = ByteBuffer.allocateDirect(WebServer.replyBytes(!keepAlive));
  }

  /** One client. A client without a connection makes one for its next request. */
  private static final class Client {
    private SocketChannel channel;
    private long begin;
    private int received;
  }

  /**
   * Makes requests for some time, and at least as many as there are connections.
   *
   * @return how long it took in milliseconds, and how long each request took
   */
  String run(int connections, long millis) throws IOException {
    long begin = System.nanoTime();
    long end = begin + millis * 1_000_000;
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        request(new Client(), selector);
      }
      while (System.nanoTime() < end || nanos.getTotalCount() < connections) {
        selector.select(key -> onReadable((Client) key.attachment(), selector), millis);
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
    return (System.nanoTime() - begin) / 1_000_000 + " " + Latency.encode(nanos);
  }

  private void request(Client client, Selector selector) throws IOException {
    client.begin = System.nanoTime();
    client.received = 0;
    if (client.channel == null) {
      client.channel = SocketChannel.open(server);
      client.channel.configureBlocking(false);
      client.channel.register(selector, SelectionKey.OP_READ, client);
    }
    client.channel.write(request.rewind());
    if (request.hasRemaining()) {
      throw new IOException("a new request does not fit into the kernel's buffer");
    }
  }

  private void onReadable(Client client, Selector selector) {
    try {
      int count = client.channel.read(reply.clear().limit(reply.capacity() - client.received));
      if (count < 0) {
        throw new EOFException("the server closed before it had answered");
      }
      client.received += count;
      if (client.received == reply.capacity()) {
        nanos.recordValue(System.nanoTime() - client.begin);
        if (!keepAlive) {
          client.channel.close();
          client.channel = null;
        }
        request(client, selector);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
