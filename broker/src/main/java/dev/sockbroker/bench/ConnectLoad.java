package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/**
 * Makes connections to a server of its own: with a connect of its own, or with an open in the
 * broker and an export of the raw fd. Both reset the connection at the end, because TIME_WAIT would
 * use up the ports.
 */
final class ConnectLoad implements Closeable {
  private final Broker broker;
  private final ServerSocket server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());

  ConnectLoad(Broker broker) throws IOException {
    this.broker = broker;
    Thread thread = new Thread(this::serve, "connect-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    try {
      while (true) {
        Socket accepted = server.accept();
        // its end comes with the client's reset
        Thread.startVirtualThread(() -> end(accepted));
      }
    } catch (IOException e) {
      if (!server.isClosed()) {
        throw new AssertionError("the server of the bench has failed", e);
      }
    }
  }

  private static void end(Socket accepted) {
    try (accepted) {
      accepted.getInputStream().read();
    } catch (IOException expected) {
      // the reset
    }
  }

  /** Makes one connection, records how long that took, and closes it. */
  interface Connect {
    void run(Histogram nanos) throws IOException;
  }

  void natively(Histogram nanos) throws IOException {
    long begin = System.nanoTime();
    try (SocketChannel channel = SocketChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.connect(server.getLocalSocketAddress());
      nanos.recordValue(System.nanoTime() - begin);
    }
  }

  void throughBroker(Histogram nanos) throws IOException {
    InetSocketAddress to = (InetSocketAddress) server.getLocalSocketAddress();
    long begin = System.nanoTime();
    SocketSpec spec =
        SocketSpec.tcp(to.getAddress().getHostAddress(), to.getPort())
            .option(StandardSocketOptions.SO_LINGER, 0);
    try (SharedSocket socket = broker.open(spec)) {
      ExportedSocket exported = socket.export();
      nanos.recordValue(System.nanoTime() - begin);
      exported.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
