package servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/** Kafka. Each process is a cluster of its own, in which its pid is the number of the node. */
public class Main {
  private static final String PROPERTIES =
      """
      process.roles=broker,controller
      node.id=%1$d
      controller.quorum.voters=%1$d@127.0.0.1:%2$d
      listeners=PLAINTEXT://0.0.0.0:%3$d,CONTROLLER://127.0.0.1:%2$d
      advertised.listeners=PLAINTEXT://127.0.0.1:%3$d
      controller.listener.names=CONTROLLER
      log.dirs=%4$s
      offsets.topic.replication.factor=1
      """;

  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("kafka");
    Path file =
        Files.writeString(
            directory.resolve("server.properties"),
            PROPERTIES.formatted(
                ProcessHandle.current().pid(),
                freePort(),
                Integer.parseInt(arguments[0]),
                directory.resolve("data")));
    String[] format = {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
    if (StorageTool.execute(format, System.err) != 0) {
      throw new IOException("no storage in " + directory);
    }
    Kafka.main(new String[] {file.toString()});
  }

  /** For the part of Kafka that talks to itself. */
  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
