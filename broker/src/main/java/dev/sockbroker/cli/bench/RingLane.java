package dev.sockbroker.cli.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The broker owns the socket; bytes travel through memory that both share. Taken and made where
 * they stand, or copied from and to a buffer, as a socket's are.
 */
final class RingLane implements Lane {
  private static final int RING_BYTES = 1 << 20;

  private final Broker broker;
  private final SharedSocket listener;
  private final boolean copying;

  private RingLane(Broker broker, SharedSocket listener, boolean copying) {
    this.broker = broker;
    this.listener = listener;
    this.copying = copying;
  }

  static RingLane open(String broker, boolean copying) throws IOException {
    Broker session = Broker.connect(Path.of(broker));
    return new RingLane(session, session.open(SocketSpec.tcpListen("127.0.0.1", 0)), copying);
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.localAddress());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    SharedSocket socket = listener.accept();
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    SocketRing ring = socket.ring(RING_BYTES);
    return copying ? new CopyLink(socket, ring, capacity) : new ViewLink(socket, ring, capacity);
  }

  @Override
  public void close() {
    broker.close();
  }

  private static final class ViewLink implements Link {
    private final SharedSocket socket;
    private final SocketRing ring;
    private final int capacity;

    private ViewLink(SharedSocket socket, SocketRing ring, int capacity) {
      this.socket = socket;
      this.ring = ring;
      this.capacity = capacity;
    }

    @Override
    public int receive() throws IOException {
      if (!ring.awaitReadable(Broker.FOREVER)) {
        return -1;
      }
      int count = Math.min(ring.readable().remaining(), capacity);
      ring.advance(count);
      return count;
    }

    @Override
    public void send(int count) throws IOException {
      int left = count;
      while (left > 0) {
        ring.awaitWritable(Broker.FOREVER);
        int room = Math.min(ring.writable().remaining(), left);
        ring.commit(room);
        left -= room;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static final class CopyLink implements Link {
    private final SharedSocket socket;
    private final SocketRing ring;
    private final ByteBuffer in;
    private final ByteBuffer out;

    private CopyLink(SharedSocket socket, SocketRing ring, int capacity) {
      this.socket = socket;
      this.ring = ring;
      in = ByteBuffer.allocateDirect(capacity);
      out = ByteBuffer.allocateDirect(capacity);
    }

    @Override
    public int receive() throws IOException {
      return ring.read(in.clear());
    }

    @Override
    public void send(int count) throws IOException {
      ring.write(out.clear().limit(count));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
