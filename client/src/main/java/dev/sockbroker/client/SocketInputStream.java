package dev.sockbroker.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/** The bytes of a stream socket as a blocking stream. */
final class SocketInputStream extends InputStream {
  private final SharedSocket socket;
  private final Duration timeout;

  SocketInputStream(SharedSocket socket, Duration timeout) {
    this.socket = socket;
    this.timeout = timeout;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return length == 0 ? 0 : socket.receive(ByteBuffer.wrap(bytes, offset, length), timeout);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
