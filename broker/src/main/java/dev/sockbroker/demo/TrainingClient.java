package dev.sockbroker.demo;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** Makes the requests that workers make most, so that the broker's JVM loads what they need. */
public final class TrainingClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MESSAGES = 200;

  private TrainingClient() {}

  /** What happens while the client has sockets. */
  public interface Step {
    void take() throws IOException;
  }

  /**
   * Waits for the broker, then uses it. It needs a loopback interface.
   *
   * @param step taken when all requests have been answered
   * @throws IOException if the broker does not come within 20 s, or refuses a request
   */
  public static void use(Path socket, Step step) throws IOException, InterruptedException {
    try (Broker broker = connect(socket);
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        SharedSocket client = broker.open(SocketSpec.tcp("127.0.0.1", port(listener)));
        SharedSocket server = listener.accept(PATIENCE)) {
      server.asyncSelect(Set.of(NetworkEvent.READ, NetworkEvent.CLOSE), event -> {});
      exchange(client, server);
      server.options();
      broker.list();
      step.take();
    }
  }

  private static Broker connect(Path socket) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return Broker.connect(socket);
      } catch (ConnectException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(10);
      }
    }
  }

  private static int port(SharedSocket socket) throws IOException {
    return ((InetSocketAddress) socket.localAddress()).getPort();
  }

  private static void exchange(SharedSocket client, SharedSocket server) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(100);
    for (int i = 0; i < MESSAGES; i++) {
      client.send(message.clear(), PATIENCE);
      server.receive(message.clear(), PATIENCE);
    }
  }
}
