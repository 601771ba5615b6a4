package dev.sockbroker.bench;

import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The broker owns the socket and the worker uses its blocking fd, with one system call per call. It
 * uses Netty's native code, because Java cannot make a channel from an fd.
 */
final class FdLink implements Link {
  private final SharedSocket socket;
  private final ExportedSocket exported;
  private final FileDescriptor fd;
  private final ByteBuffer in;
  private final ByteBuffer out;

  FdLink(SharedSocket socket, int capacity) throws IOException {
    this.socket = socket;
    exported = socket.exportBlocking();
    fd = new FileDescriptor(exported.fd());
    in = ByteBuffer.allocateDirect(capacity);
    out = ByteBuffer.allocateDirect(capacity);
  }

  @Override
  public int receive() throws IOException {
    return fd.read(in, 0, in.capacity());
  }

  @Override
  public void send(int count) throws IOException {
    int sent = 0;
    while (sent < count) {
      sent += fd.write(out, sent, count);
    }
  }

  /** Closes both, so that the peer sees the end. */
  @Override
  public void close() throws IOException {
    exported.close();
    socket.close();
  }
}
