package dev.sockbroker.cli.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The broker owns the socket; bytes travel in frames, by the plain calls of the library. */
final class FramedLane implements Lane {
  private final Broker broker;
  private final SharedSocket listener;

  private FramedLane(Broker broker, SharedSocket listener) {
    this.broker = broker;
    this.listener = listener;
  }

  static FramedLane open(String broker) throws IOException {
    Broker session = Broker.connect(Path.of(broker));
    return new FramedLane(session, session.open(SocketSpec.tcpListen("127.0.0.1", 0)));
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.localAddress());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    SharedSocket socket = listener.accept();
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return new FramedLink(socket, capacity);
  }

  @Override
  public void close() {
    broker.close();
  }

  private static final class FramedLink implements Link {
    private final SharedSocket socket;
    private final ByteBuffer in;
    private final ByteBuffer out;

    private FramedLink(SharedSocket socket, int capacity) {
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
}
