package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** README's worker leaves on SIGTERM, and the next one goes on. */
@Timeout(120)
@WithBroker
final class DrainTest {
  private static final int SIGTERM_EXIT = 128 + 15;
  private static final int MILLIS = 30_000;

  private static BrokerProcess process;
  private final List<Process> workers = new ArrayList<>();
  @TempDir private Path directory;
  private Broker observer;

  @BeforeEach
  void connect() throws IOException {
    observer = Broker.connect(process.socket());
    // any port, since others may use that of the page
    String worker = Files.readString(Path.of("../scripts/examples/Worker.java"));
    Files.writeString(directory.resolve("Worker.java"), worker.replace("8081", "0"));
  }

  @AfterEach
  void end() throws Exception {
    observer.close();
    for (Process worker : workers) {
      worker.destroyForcibly().waitFor();
    }
  }

  /** Starts a worker, and returns when it accepts. */
  private Process start() throws IOException {
    Process worker =
        WorkerJar.start(
            process,
            List.of(
                WorkerJar.JVM_OF_MAVEN,
                "-cp",
                WorkerJar.PATH.toString(),
                directory.resolve("Worker.java").toString()));
    workers.add(worker);
    BufferedReader out = worker.inputReader();
    assertThat(out.readLine()).startsWith("worker " + worker.pid() + " accepts at ");
    return worker;
  }

  private Socket client() throws IOException {
    int port = ((InetSocketAddress) observer.show("hello").socket().localAddress()).getPort();
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(MILLIS);
    return socket;
  }

  private static String ask(Socket client) throws IOException {
    client.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
    return new String(client.getInputStream().readAllBytes(), US_ASCII);
  }

  private void awaitHeld(boolean held, Predicate<DescriptorInfo> which) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> observer.list().stream().anyMatch(which) == held);
  }

  private static Predicate<DescriptorInfo> listener(Process worker) {
    return row -> row.pid() == worker.pid() && "hello".equals(row.socket().name());
  }

  private static Predicate<DescriptorInfo> connection(Process worker) {
    return row -> row.pid() == worker.pid() && row.socket().listener() != 0;
  }

  @Test
  void shouldFinishWhatItAcceptedAndLeaveTheRestToTheNext() throws Exception {
    Process first = start();
    try (Socket accepted = client()) {
      awaitHeld(true, connection(first));

      first.destroy();

      awaitHeld(false, listener(first));
      try (Socket queued = client()) {
        Process second = start();
        assertThat(ask(queued)).endsWith("hello from " + second.pid() + "\n");
      }
      assertThat(ask(accepted)).endsWith("hello from " + first.pid() + "\n");
      assertThat(first.waitFor(30, SECONDS)).isTrue();
      assertThat(first.exitValue()).isEqualTo(SIGTERM_EXIT);
    }
  }

  @Test
  void shouldLeaveAtOnceWhenItIsIdle() throws Exception {
    Process worker = start();
    BufferedReader out = worker.inputReader();

    // Process.destroy() would also close the stream
    worker.toHandle().destroy();

    assertThat(worker.waitFor(25, SECONDS)).as("before its own time limit").isTrue();
    assertThat(worker.exitValue()).isEqualTo(SIGTERM_EXIT);
    assertThat(out.readLine()).isEqualTo("worker leaves");
  }
}
