package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * The listener of a web server, in one lane.
 *
 * @param address in the form of {@link Endpoint}
 */
record WebListener(String address, Source source, Closeable closing) implements Closeable {
  /** The lanes of web servers without a proxy. */
  static final List<String> LANES =
      List.of(
          Lanes.NATIVE,
          "framed",
          "stream",
          Lanes.FACTORY,
          "ring",
          "fd",
          Lanes.NETTY,
          Lanes.NETTY_FD);

  static final int BACKLOG = 1024;

  /** Waits for a connection. */
  interface Source {
    Accepted accept() throws IOException;
  }

  /** A connection whose lane is not attached yet. Its own thread does that. */
  interface Accepted {
    WebConnection open() throws IOException;
  }

  /**
   * @param broker its socket, empty for a lane without a broker
   * @param where a path, or empty for a loopback port that the kernel chooses
   */
  static WebListener open(String lane, String broker, String where) throws IOException {
    if (lane.equals(Lanes.NATIVE)) {
      NativeLane own = NativeLane.open(where);
      return new WebListener(
          own.address(),
          () -> {
            SocketChannel channel = own.acceptChannel();
            return () -> WebConnection.of(channel);
          },
          own);
    }
    if (lane.equals(Lanes.FACTORY)) {
      FactoryLane own = FactoryLane.open(broker);
      return new WebListener(
          own.address(),
          () -> {
            Socket socket = own.acceptSocket();
            return () -> WebConnection.of(socket);
          },
          own);
    }
    Broker session = Broker.connect(Path.of(broker));
    SharedSocket listener = session.open(SocketSpec.tcpListen("127.0.0.1", 0).backlog(BACKLOG));
    return new WebListener(
        Endpoint.text(listener.localAddress()),
        () -> {
          SharedSocket accepted = listener.accept();
          return () -> WebConnection.of(lane, accepted);
        },
        session::close);
  }

  @Override
  public void close() throws IOException {
    closing.close();
  }
}
