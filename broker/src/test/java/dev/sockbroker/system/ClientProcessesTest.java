package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One process makes many connections. The broker examines and watches it once. */
class ClientProcessesTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int SESSIONS = 5;

  /** Says hello on several connections, and prints the replies. */
  private static final String CLIENT =
      """
      import os, socket, sys

      def hello():
          connection = socket.socket(socket.AF_UNIX)
          connection.connect(sys.argv[1])
          connection.sendall(bytes.fromhex(sys.argv[2]))
          print(connection.recv(4096)[28:].decode(), flush=True)
          return connection

      connections = [hello() for i in range(int(sys.argv[3]))]
      """;

  private BrokerProcess broker;
  private WireClient observer;
  private Process client;

  @BeforeEach
  void start() throws IOException {
    Needs.programs("python3");
    broker = BrokerProcess.start();
    observer = WireClient.welcomed(broker.socket());
  }

  @AfterEach
  void end() throws Exception {
    client.descendants().forEach(ProcessHandle::destroyForcibly);
    client.destroyForcibly().waitFor();
    observer.close();
    broker.close();
  }

  private BufferedReader run(String then, int connections) throws IOException {
    ByteBuffer hello =
        new FrameCodec().encode(1, new Request.Hello(List.of(1), "", false, null), 0);
    byte[] bytes = new byte[hello.remaining()];
    hello.get(bytes);
    client =
        new ProcessBuilder(
                "python3",
                "-c",
                CLIENT + then,
                broker.socket().toString(),
                HexFormat.of().formatHex(bytes),
                Integer.toString(connections))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return client.inputReader();
  }

  private int sessions() throws IOException {
    return observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).sessions();
  }

  /** The processes that the broker watches. */
  private long pidfds() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc", Long.toString(broker.pid()), "fd"))) {
      return fds.filter(ClientProcessesTest::isPidfd).count();
    }
  }

  private static boolean isPidfd(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().contains("pid");
    } catch (IOException e) {
      // a kernel without names for pidfds, or closed meanwhile
      return false;
    }
  }

  /** A child still holds all connections open. */
  @Test
  void shouldEndAllSessionsOfAProcessThatIsKilled() throws Exception {
    long before = pidfds();
    BufferedReader replies =
        run(
            """
            if os.fork() == 0:
                print("forked", flush=True)
                os.read(0, 1)
            os.read(0, 1)
            """,
            SESSIONS);
    awaitLast(replies);
    assertThat(pidfds() - before).isLessThanOrEqualTo(1);

    client.toHandle().destroyForcibly();

    await().atMost(SOON).until(() -> sessions() == 1);
    assertThat(pidfds()).isEqualTo(before);
  }

  @Test
  void shouldKeepTheSessionsOfAProcessThatClosesOthers() throws Exception {
    BufferedReader replies =
        run(
            """
            while len(connections) > 1:
                connections.pop().close()
            print("forked", flush=True)
            os.read(0, 1)
            """,
            SESSIONS);
    awaitLast(replies);

    await().atMost(SOON).until(() -> sessions() == 2);
    client.toHandle().destroyForcibly();
    await().atMost(SOON).until(() -> sessions() == 1);
  }

  private static void awaitLast(BufferedReader replies) throws IOException {
    String line = replies.readLine();
    while (!line.equals("forked")) {
      assertThat(line).contains("\"session\"");
      line = replies.readLine();
    }
  }

  /** It connects for its own clients from then on (rule 53). */
  @Test
  void shouldRefuseAFurtherSessionOfAProcessThatHasBecomeABroker() throws Exception {
    BufferedReader replies =
        run(
            """
            with open("/proc/self/comm", "w") as name:
                name.write("sockbrokerd")
            more = hello()
            os.read(0, 1)
            """,
            1);

    assertThat(replies.readLine()).contains("\"session\"");
    assertThat(replies.readLine()).contains("EPERM", "by a broker");
    assertThat(sessions()).as("the first one continues").isEqualTo(2);
  }
}
