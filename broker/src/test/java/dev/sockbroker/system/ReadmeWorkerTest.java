package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.protocol.Reply;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The workers of both READMEs, run as they say: one on the JVM that Maven runs on, 17 or later, and
 * one on the JVM of this test.
 */
final class ReadmeWorkerTest {
  private static final Pattern PROGRAM =
      Pattern.compile("```java\n(import [^`]*?public class (\\w+) .*?)```", Pattern.DOTALL);
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path classes;
  private BrokerProcess broker;

  @BeforeEach
  void compileAndStart() throws IOException {
    Matcher program = PROGRAM.matcher(Files.readString(Path.of("../client/README.md")));
    while (program.find()) {
      compile(program.group(2), program.group(1));
    }
    broker = BrokerProcess.start();
  }

  private void compile(String name, String text) throws IOException {
    Path source = classes.resolve(name + ".java");
    // the README's port may be taken on the machine that runs the test
    Files.writeString(source, text.replace("8080", "0"));
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "--release", "17", "-cp", classPath(), source.toString());
    assertThat(code).isZero();
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private String classPath() {
    return WorkerJar.PATH + File.pathSeparator + classes;
  }

  private Process start(String java, String worker) throws IOException {
    return WorkerJar.start(broker, List.of(java, "-cp", classPath(), worker));
  }

  @Test
  void shouldServeFromOneListenerOnBothJvmsAndOutliveOneOfThem() throws Exception {
    Process first = start(WorkerJar.JVM_OF_MAVEN, "EchoWorker");
    Process second = start(BrokerProcess.JAVA.toString(), "EchoWorker");
    try (Broker watcher = Broker.connect(broker.socket())) {
      await().atMost(SOON).until(() -> watcher.list().size() == 2);
      int port = port(watcher, "echo");
      Set<Long> served = new HashSet<>();
      await().atMost(SOON).until(() -> served.add(ask(port)) && served.size() == 2);
      assertThat(served).containsExactlyInAnyOrder(first.pid(), second.pid());

      first.destroyForcibly().waitFor();
      await().atMost(SOON).until(() -> watcher.list().size() == 1);

      assertThat(ask(port)).isEqualTo(second.pid());
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
      assertThat(second.waitFor(30, SECONDS)).isTrue();
    }
  }

  /** The worker, the library and the factory of the project's README. */
  @Test
  void shouldRunTheFirstExamples() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    assertThat(readme)
        .contains("java -cp client/target/sockbroker-client-all.jar scripts/examples/Worker.java")
        .contains("jshell --class-path client/target/sockbroker-client-all.jar");
    Path source = classes.resolve("Worker.java");
    String program = Files.readString(Path.of("../scripts/examples/Worker.java"));
    Files.writeString(source, program.replace("8080", "0"));
    List<String> line =
        List.of(WorkerJar.JVM_OF_MAVEN, "-cp", WorkerJar.PATH.toString(), source.toString());
    Process worker = WorkerJar.start(broker, line);
    try (Broker watcher = Broker.connect(broker.socket())) {
      await().atMost(SOON).until(() -> watcher.list().size() == 1);
      String port = "" + port(watcher, "web");

      String answer = jshell(jshellBlocks(readme).replace("8080", port));

      assertThat(answer)
          .contains("/127.0.0.1:" + port)
          .contains("hello from " + worker.pid())
          .doesNotContain("Exception", "Error");
    } finally {
      worker.destroyForcibly().waitFor();
    }
  }

  private static String jshellBlocks(String readme) {
    return Pattern.compile(
            "```java\n((?:var|import dev.sockbroker.client.[*]).*?)```", Pattern.DOTALL)
        .matcher(readme)
        .results()
        .map(block -> block.group(1))
        .collect(Collectors.joining());
  }

  private String jshell(String statements) throws IOException {
    String program = BrokerProcess.JAVA.resolveSibling("jshell").toString();
    Process jshell =
        WorkerJar.start(broker, List.of(program, "--class-path", WorkerJar.PATH.toString()));
    try (Writer in = jshell.outputWriter()) {
      in.write(statements + "/exit\n");
    }
    return new String(jshell.getInputStream().readAllBytes());
  }

  @Test
  void shouldServeByEventsAndTellWhoIsReplaced() throws Exception {
    Process first = start(WorkerJar.JVM_OF_MAVEN, "EventWorker");
    Process second = null;
    try (Broker watcher = Broker.connect(broker.socket())) {
      awaitRegistrant(watcher, first);
      int port = port(watcher, "web");
      assertEchoes(port);
      second = start(BrokerProcess.JAVA.toString(), "EventWorker");
      awaitRegistrant(watcher, second);

      assertThat(first.inputReader().readLine()).isEqualTo("REPLACED by pid " + second.pid());
      assertEchoes(port);
      await().atMost(SOON).until(() -> watcher.list().size() == 2);

      second.destroyForcibly().waitFor();
      assertThat(first.inputReader().readLine()).isEqualTo("promoted");
      assertEchoes(port);
    } finally {
      first.destroyForcibly().waitFor();
      if (second != null) {
        second.destroyForcibly().waitFor();
      }
    }
  }

  private static void awaitRegistrant(Broker watcher, Process worker) {
    await()
        .atMost(SOON)
        .until(
            () ->
                watcher.list().stream()
                    .map(Reply.DescriptorInfo::registration)
                    .anyMatch(it -> it != null && it.pid() == worker.pid()));
  }

  private static void assertEchoes(int port) throws IOException {
    try (Socket client = new Socket("127.0.0.1", port)) {
      client.setSoTimeout(30_000);
      for (String text : List.of("hello", "again")) {
        client.getOutputStream().write(text.getBytes());
        assertThat(new String(client.getInputStream().readNBytes(5))).isEqualTo(text);
      }
    }
  }

  private static int port(Broker watcher, String name) throws IOException {
    try (SharedSocket listener = watcher.attach(name)) {
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
