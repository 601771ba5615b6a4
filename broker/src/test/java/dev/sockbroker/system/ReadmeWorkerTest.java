package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worker of the client's README, run as it says there: one on the JVM that Maven runs on, 17 or
 * later, and one on the JVM of this test.
 */
@Timeout(120)
final class ReadmeWorkerTest {
  private static final Pattern WORKER =
      Pattern.compile("```java\n(import .*?public class EchoWorker .*?)```", Pattern.DOTALL);
  private static final String MAVEN_JVM =
      System.getProperty("maven.jvm", BrokerProcess.JAVA.toString());

  @TempDir private Path classes;
  private BrokerProcess broker;

  @BeforeEach
  void compileAndStart() throws IOException {
    Matcher worker = WORKER.matcher(Files.readString(Path.of("../client/README.md")));
    assertThat(worker.find()).isTrue();
    Path source = classes.resolve("EchoWorker.java");
    // the README's port may be taken on the machine that runs the test
    Files.writeString(source, worker.group(1).replace("8080", "0"));
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "--release", "17", "-cp", classPath(), source.toString());
    assertThat(code).isZero();
    broker = BrokerProcess.start();
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private String classPath() {
    return BrokerProcess.JAR + File.pathSeparator + classes;
  }

  private Process start(String java) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(java, "-cp", classPath(), "EchoWorker");
    builder.environment().put("SOCKBROKER_SOCKET", broker.socket().toString());
    return builder.inheritIO().start();
  }

  @Test
  void shouldServeFromOneListenerOnBothJvmsAndOutliveOneOfThem() throws Exception {
    Process first = start(MAVEN_JVM);
    Process second = start(BrokerProcess.JAVA.toString());
    try (Broker watcher = Broker.connect(broker.socket())) {
      await().atMost(Duration.ofSeconds(30)).until(() -> watcher.list().size() == 2);
      int port = port(watcher);
      Set<Long> served = new HashSet<>();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> served.add(ask(port)) && served.size() == 2);
      assertThat(served).containsExactlyInAnyOrder(first.pid(), second.pid());

      first.destroyForcibly().waitFor();
      await().atMost(Duration.ofSeconds(30)).until(() -> watcher.list().size() == 1);

      assertThat(ask(port)).isEqualTo(second.pid());
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
      assertThat(second.waitFor(30, SECONDS)).isTrue();
    }
  }

  private static int port(Broker watcher) throws IOException {
    try (SharedSocket listener = watcher.attach("echo")) {
      return ((InetSocketAddress) listener.localAddress()).getPort();
    }
  }

  /** Sends a line and answers the pid of the worker that echoed it. */
  private static long ask(int port) throws IOException {
    try (Socket client = new Socket("127.0.0.1", port)) {
      client.setSoTimeout(30_000);
      client.getOutputStream().write("hello\n".getBytes());
      BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream()));
      Matcher answer = Pattern.compile("worker (\\d+): hello").matcher(in.readLine());
      assertThat(answer.matches()).isTrue();
      return Long.parseLong(answer.group(1));
    }
  }
}
