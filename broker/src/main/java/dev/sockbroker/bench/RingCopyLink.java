package dev.sockbroker.bench;

import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Like {@link RingLink}, but copies the bytes from and to a buffer, as a socket does. */
final class RingCopyLink implements Link {
  private final SharedSocket socket;
  private final SocketRing ring;
  private final ByteBuffer in;
  private final ByteBuffer out;

  RingCopyLink(SharedSocket socket, int capacity) throws IOException {
    this.socket = socket;
    ring = socket.ring(RingLink.BYTES);
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
