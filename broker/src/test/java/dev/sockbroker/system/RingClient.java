package dev.sockbroker.system;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client with a ring full of bytes, requests that wait behind them, and the peer. */
final class RingClient implements AutoCloseable {
  /** More than the kernel's buffers at both ends can hold. */
  private static final int BYTES = 4 << 20;

  private final Broker broker;
  private final SharedSocket socket;
  private final Socket peer;
  private final List<CompletableFuture<?>> replies = new ArrayList<>();
  private int written;

  RingClient(Path path) throws IOException {
    broker = Broker.connect(path);
    try (ServerSocket server = new ServerSocket()) {
      server.setReceiveBufferSize(4096);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      socket = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      peer = server.accept();
    }
    socket.setOption("SO_SNDBUF", 4096);
    fill(socket.ring(64 << 10));
  }

  private void fill(SocketRing ring) throws IOException {
    ByteBuffer room = ring.writable();
    while (room.hasRemaining() && written < BYTES) {
      written += room.remaining();
      ring.commit(room.remaining());
      room = ring.writable();
    }
  }

  void holdRequests(int count) {
    for (int i = 0; i < count; i++) {
      replies.add(socket.setOptionAsync("TCP_NODELAY", i % 2 == 0));
    }
  }

  void closeAsync() {
    replies.add(socket.closeAsync());
  }

  /** The peer takes all bytes of the ring. */
  void takeAll() throws IOException {
    peer.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
    peer.getInputStream().skipNBytes(written);
  }

  void reset() throws IOException {
    peer.setSoLinger(true, 0);
    peer.close();
  }

  /**
   * Waits for the reply to each request, whatever its result.
   *
   * @throws java.util.concurrent.TimeoutException if a reply is missing
   */
  void awaitReplies() throws Exception {
    CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
        .handle((done, refused) -> done)
        .get(30, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    peer.close();
    broker.close();
  }
}
