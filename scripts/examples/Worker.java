import dev.sockbroker.client.Acceptor;
import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

/** Opens the listener named hello, or joins it, and answers every connection with its own pid. */
public class Worker {
  public static void main(String[] args) throws Exception {
    SocketSpec spec =
        SocketSpec.tcpListen("127.0.0.1", 8081).name("hello").retain(Duration.ofMinutes(1));
    try (Broker broker = Broker.connect();
        SharedSocket listener = broker.open(spec);
        Acceptor acceptor = new Acceptor(listener, Duration.ofSeconds(30))) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(acceptor)));
      System.out.println("worker " + broker.pid() + " accepts at " + listener.localAddress());
      while (true) {
        try (SharedSocket connection = acceptor.accept()) {
          connection.inputStream().read(new byte[4096]);
          String answer = "HTTP/1.0 200 OK\r\n\r\nhello from " + broker.pid() + "\n";
          connection.outputStream().write(answer.getBytes());
        }
      }
    } catch (ClosedChannelException e) {
      // leave() has closed the listener, or an operator has revoked it
    } catch (BrokerGoneException e) {
      System.err.println("no broker any more: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Ctrl-C, SIGTERM: accepts no more and finishes the connection in work. Then the JVM ends. */
  private static void leave(Acceptor acceptor) {
    acceptor.close();
    System.out.println("worker leaves");
  }
}
