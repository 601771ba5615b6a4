import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Answers the lines of one client. The connection has a name, so it outlives a killed worker. */
public class Talk {
  public static void main(String[] args) throws IOException {
    try (Broker broker = Broker.connect();
        SharedSocket talk = isLeft(broker) ? broker.attach("talk") : accept(broker)) {
      ByteBuffer lines = ByteBuffer.allocate(4096);
      // Takes lines only after the answer: if it is killed before, the next worker finds them.
      while (talk.peek(lines.clear()) > 0) {
        String answer = "worker " + broker.pid() + " got " + UTF_8.decode(lines.flip());
        talk.send(UTF_8.encode(answer));
        talk.receive(lines.rewind());
      }
      talk.unname();
    }
  }

  /** Whether a killed worker has left a connection. */
  private static boolean isLeft(Broker broker) throws IOException {
    return broker.list().stream().anyMatch(row -> "talk".equals(row.socket().name()));
  }

  private static SharedSocket accept(Broker broker) throws IOException {
    try (SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 8082))) {
      System.out.println("worker " + broker.pid() + " waits at " + listener.localAddress());
      SharedSocket talk = listener.accept();
      talk.name("talk", Duration.ofMinutes(1));
      return talk;
    }
  }
}
