package dev.sockbroker.bench;

import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The broker owns the socket and the worker has its fd, blocking: one system call for each call. By
 * Netty's native code, since Java itself makes no channel of an fd.
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

  /** Both, for the peer to see the end. */
  @Override
  public void close() throws IOException {
    exported.close();
    socket.close();
  }
}
