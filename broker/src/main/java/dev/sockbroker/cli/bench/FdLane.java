package dev.sockbroker.cli.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The broker owns the socket and the worker has its fd, blocking: one system call for each call. By
 * Netty's native code, since Java itself makes no channel of an fd.
 */
final class FdLane implements Lane {
  private final Broker broker;
  private final SharedSocket listener;

  private FdLane(Broker broker, SharedSocket listener) {
    this.broker = broker;
    this.listener = listener;
  }

  static FdLane open(String broker) throws IOException {
    Broker session = Broker.connect(Path.of(broker));
    return new FdLane(session, session.open(SocketSpec.tcpListen("127.0.0.1", 0)));
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.localAddress());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    SharedSocket socket = listener.accept();
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return new FdLink(socket, socket.exportBlocking(), capacity);
  }

  @Override
  public void close() {
    broker.close();
  }

  private static final class FdLink implements Link {
    private final SharedSocket socket;
    private final ExportedSocket exported;
    private final FileDescriptor fd;
    private final ByteBuffer in;
    private final ByteBuffer out;

    private FdLink(SharedSocket socket, ExportedSocket exported, int capacity) {
      this.socket = socket;
      this.exported = exported;
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
}
