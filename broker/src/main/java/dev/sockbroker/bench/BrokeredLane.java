package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Path;

/** A lane whose sockets belong to the broker. The links decide how bytes travel. */
final class BrokeredLane implements Lane {
  private final Broker broker;
  private final SharedSocket listener;
  private final Linking linking;

  /** Makes a link for an accepted connection. */
  interface Linking {
    Link link(SharedSocket socket, int capacity) throws IOException;
  }

  private BrokeredLane(Broker broker, SharedSocket listener, Linking linking) {
    this.broker = broker;
    this.listener = listener;
    this.linking = linking;
  }

  static BrokeredLane open(String broker, Linking linking) throws IOException {
    return open(Broker.connect(Path.of(broker)), linking);
  }

  /** A lane whose callbacks run on the library's I/O thread, where replies arrive. */
  static BrokeredLane inPlace(String broker, Linking linking) throws IOException {
    return open(
        Broker.builder().socket(Path.of(broker)).executor(Runnable::run).connect(), linking);
  }

  private static BrokeredLane open(Broker session, Linking linking) throws IOException {
    SharedSocket listener = session.open(SocketSpec.tcpListen("127.0.0.1", 0));
    return new BrokeredLane(session, listener, linking);
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.localAddress());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    SharedSocket socket = listener.accept();
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return linking.link(socket, capacity);
  }

  @Override
  public void close() {
    broker.close();
  }
}
