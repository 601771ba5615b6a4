package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import java.io.IOException;

/**
 * The broker owns the socket, and bytes travel through shared memory. They are read and written in
 * place.
 */
final class RingLink implements Link {
  /** The size of each direction. */
  static final int BYTES = 1 << 20;

  private final SharedSocket socket;
  private final SocketRing ring;
  private final int capacity;

  RingLink(SharedSocket socket, int capacity) throws IOException {
    this.socket = socket;
    ring = socket.ring(BYTES);
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
