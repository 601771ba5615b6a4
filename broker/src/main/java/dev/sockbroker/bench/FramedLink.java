package dev.sockbroker.bench;

import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The broker owns the socket, and bytes travel in frames through the library's blocking calls. */
final class FramedLink implements Link {
  private final SharedSocket socket;
  private final ByteBuffer in;
  private final ByteBuffer out;

  FramedLink(SharedSocket socket, int capacity) {
    this.socket = socket;
    in = ByteBuffer.allocateDirect(capacity);
    out = ByteBuffer.allocateDirect(capacity);
  }

  @Override
  public int receive() throws IOException {
    return socket.receive(in.clear());
  }

  @Override
  public void send(int count) throws IOException {
    out.clear().limit(count);
    while (out.hasRemaining()) {
      socket.send(out);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
