package dev.sockbroker.bench;

import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The broker owns the socket, and bytes travel on a Unix connection of their own. */
final class StreamLink implements Link {
  private final SharedSocket socket;
  private final SocketStream stream;
  private final ByteBuffer in;
  private final ByteBuffer out;

  StreamLink(SharedSocket socket, int capacity) throws IOException {
    this.socket = socket;
    stream = socket.stream();
    in = ByteBuffer.allocateDirect(capacity);
    out = ByteBuffer.allocateDirect(capacity);
  }

  @Override
  public int receive() throws IOException {
    return stream.read(in.clear());
  }

  @Override
  public void send(int count) throws IOException {
    stream.write(out.clear().limit(count));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
