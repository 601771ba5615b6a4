package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A worker without Netty on its class path can use everything except raw fds. */
class WithoutNettyTest {
  /** That worker. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] arguments) throws IOException {
      try (Broker broker = Broker.connect(Path.of(arguments[0]));
          SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
        socket.sendTo(ByteBuffer.allocate(5), socket.localAddress());
        System.out.println(socket.receiveMessage(10, Duration.ofSeconds(30)).size());
        try {
          socket.export();
        } catch (IOException e) {
          System.out.println(e.getMessage());
        }
        broker.ping();
      }
    }
  }

  @Test
  void shouldSayWhatIsMissing() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("netty") && !entry.endsWith("sockbroker.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    try (BrokerProcess broker = BrokerProcess.start()) {
      String java = BrokerProcess.JAVA.toString();
      String socket = broker.socket().toString();
      Program.Result result =
          Program.run(List.of(java, "-cp", classPath, Worker.class.getName(), socket)).orFail();
      assertThat(result.out().lines().toList())
          .hasSize(2)
          .satisfies(lines -> assertThat(lines.getFirst()).isEqualTo("5"))
          .satisfies(
              lines ->
                  assertThat(lines.getLast())
                      .contains("Netty's native transport", "netty-transport-native-epoll"));
    }
  }
}
