package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerServerSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;

/** The broker's factory made the JDK's sockets, as in programs that were not written for it. */
final class FactoryLane implements Lane {
  private static final int BACKLOG = 1024;

  private final Broker broker;
  private final ServerSocket listener;

  private FactoryLane(Broker broker, ServerSocket listener) {
    this.broker = broker;
    this.listener = listener;
  }

  static FactoryLane open(String socket) throws IOException {
    Broker broker = Broker.connect(Path.of(socket));
    BrokerServerSocketFactory factory = new BrokerServerSocketFactory(broker);
    return new FactoryLane(
        broker, factory.createServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
  }

  @Override
  public String address() {
    return Integer.toString(listener.getLocalPort());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    Socket socket = acceptSocket();
    socket.setTcpNoDelay(true);
    return new SocketLink(socket, capacity);
  }

  Socket acceptSocket() throws IOException {
    return listener.accept();
  }

  @Override
  public void close() {
    broker.close();
  }
}
