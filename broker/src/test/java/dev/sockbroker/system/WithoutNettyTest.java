package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker without Netty on its class path can use everything except rings, and before Java 22
 * except raw fds.
 */
class WithoutNettyTest {
  private static final String NETTY = "io.netty:netty-transport-native-epoll";

  private static final String WORKER =
      """
      import dev.sockbroker.client.*;
      import java.io.IOException;
      import java.nio.ByteBuffer;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import java.time.Duration;

      public class Worker {
        public static void main(String[] arguments) throws IOException {
          try (Broker broker = Broker.connect();
              SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0));
              SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
              SharedSocket connection = broker.open(connectTo(listener))) {
            socket.sendTo(ByteBuffer.allocate(5), socket.localAddress());
            System.out.println(socket.receiveMessage(10, Duration.ofSeconds(30)).size());
            try (ExportedSocket exported = socket.export()) {
              System.out.println(Files.readSymbolicLink(Path.of("/proc/self/fd/" + exported.fd())));
            } catch (IOException e) {
              System.out.println(e.getMessage());
            }
            try {
              connection.ring(4096);
            } catch (IOException e) {
              System.out.println(e.getMessage());
            }
            broker.ping();
          }
        }

        private static SocketSpec connectTo(SharedSocket listener) throws IOException {
          return SocketSpec.parse("tcp:" + listener.localAddress().toString().substring(1));
        }
      }
      """;

  @TempDir private static Path directory;
  private static String classPath;

  @BeforeAll
  static void compile() throws IOException {
    classPath = WorkerJar.compile(directory, WorkerJar.PATH.toString(), "Worker", WORKER);
  }

  @Test
  void shouldReceiveFdsByForeignFunctions() throws Exception {
    List<String> lines = linesOn(BrokerProcess.JAVA.toString());

    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).isEqualTo("5");
    assertThat(lines.get(1)).startsWith("socket:[");
    assertThat(lines.get(2)).startsWith("a ring needs").contains(NETTY);
  }

  @Test
  void shouldSayWhatIsMissingBeforeJava22() throws Exception {
    Needs.that(
        !WorkerJar.JVM_OF_MAVEN.equals(BrokerProcess.JAVA.toString()), "Maven on an older Java");
    List<String> lines = linesOn(WorkerJar.JVM_OF_MAVEN);

    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).isEqualTo("5");
    assertThat(lines.get(1)).startsWith("receiving fds needs Java 22").contains(NETTY);
    assertThat(lines.get(2)).startsWith("a ring needs").contains(NETTY);
  }

  private static List<String> linesOn(String java) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      Process worker = WorkerJar.start(broker, List.of(java, "-cp", classPath, "Worker"));
      List<String> lines = worker.inputReader().lines().toList();
      assertThat(worker.waitFor()).isZero();
      return lines;
    }
  }
}
