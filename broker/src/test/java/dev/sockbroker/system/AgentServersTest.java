package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Servers that know nothing of a broker run with the agent. They are replaced under load, and no
 * connection is refused.
 */
@Timeout(240)
class AgentServersTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int REPLACEMENTS = Integer.getInteger("agent.replacements", 2);

  @TempDir private static Path directory;
  private static ExecRig rig;

  /** The servers, with the libraries that they need. */
  enum Server {
    HTTP_SERVER("HttpServerMain"),
    TOMCAT("TomcatMain", "tomcat-embed-core", "tomcat-annotations-api"),
    JETTY("JettyMain", "jetty-", "slf4j-api"),
    NETTY("NettyMain", "netty-");

    private final String main;
    private final String[] libraries;

    Server(String main, String... libraries) {
      this.main = main;
      this.libraries = libraries;
    }

    /**
     * Whether it answers all that it has accepted before it ends. Tomcat closes the connection that
     * wakes its acceptor at the end, and the JDK's server those on which no request is in work.
     */
    boolean answersAll() {
      return this == JETTY || this == NETTY;
    }

    String compile() throws IOException {
      String name = "servers/" + main + ".java";
      try (InputStream source = AgentServersTest.class.getResourceAsStream(name)) {
        String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
        Path classes = Files.createDirectories(directory.resolve(main));
        return WorkerJar.compile(classes, WorkerJar.classPath(libraries), main, text);
      }
    }
  }

  /** How the server gets its listener. */
  enum Start {
    /** As an fd, on the oldest Java. */
    BY_EXEC {
      @Override
      Process start(String name, int port, Server server, String classPath) throws IOException {
        String address = "=tcp-listen:127.0.0.1:" + port;
        return rig.exec(
            List.of("--open", name + address, "--retain", "1m"),
            ServerAgent.line(
                WorkerJar.JVM_OF_MAVEN, "", classPath, server.main, Integer.toString(port)));
      }
    },
    /** From the broker, by its address. */
    BY_ADDRESS {
      @Override
      Process start(String name, int port, Server server, String classPath) throws IOException {
        return rig.start(
            ServerAgent.line(
                BrokerProcess.JAVA.toString(),
                name + "=tcp:*:" + port + ",retain=1m",
                classPath,
                server.main,
                Integer.toString(port)));
      }
    };

    abstract Process start(String name, int port, Server server, String classPath)
        throws IOException;
  }

  @BeforeAll
  static void start() throws IOException {
    rig = ExecRig.ofCheckout(directory);
  }

  @AfterAll
  static void stop() {
    if (rig != null) {
      rig.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP_SERVER, BY_EXEC", "HTTP_SERVER, BY_ADDRESS",
    "TOMCAT, BY_EXEC", "TOMCAT, BY_ADDRESS",
    "JETTY, BY_EXEC", "JETTY, BY_ADDRESS",
    "NETTY, BY_EXEC", "NETTY, BY_ADDRESS"
  })
  void shouldRefuseNoConnectionWhileItIsReplaced(Server server, Start how) throws Exception {
    String name = server + "-" + how;
    String classPath = server.compile();
    int port = ServerProgram.freePort();
    Process running = how.start(name, port, server, classPath);
    await().atMost(DEADLINE).until(() -> !rig.holders(name).isEmpty() || !running.isAlive());
    Process last = running;
    try (HttpLoad load = new HttpLoad(port)) {
      awaitAnswerOf(last, load);
      for (int i = 0; i < REPLACEMENTS; i++) {
        Process next = how.start(name, port, server, classPath);
        awaitAnswerOf(next, load);
        ExecRig.end(last);
        last = next;
      }
      long before = load.onNew();
      await().atMost(DEADLINE).until(() -> load.onNew() > before);
      load.stop();

      assertThat(load.refusals()).isEmpty();
      if (server.answersAll()) {
        assertThat(load.failures()).isEmpty();
      }
      assertThat(load.onKept()).isPositive();
      assertThat(load.bodies()).hasSize(1 + REPLACEMENTS);
      assertThat(rig.holders(name)).containsExactly((int) last.pid());
    } finally {
      ExecRig.kill(last);
    }
  }

  private static void awaitAnswerOf(Process server, HttpLoad load) {
    await()
        .atMost(DEADLINE)
        .until(() -> load.bodies().contains("hello from " + server.pid()) || !server.isAlive());
    assertThat(server.isAlive()).isTrue();
  }
}
