package dev.sockbroker.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A socket of the JDK, used through its streams. */
final class SocketLink implements Link {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] bytes;

  SocketLink(Socket socket, int capacity) throws IOException {
    this.socket = socket;
    in = socket.getInputStream();
    out = socket.getOutputStream();
    bytes = new byte[capacity];
  }

  @Override
  public int receive() throws IOException {
    return in.read(bytes);
  }

  @Override
  public void send(int count) throws IOException {
    out.write(bytes, 0, count);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
