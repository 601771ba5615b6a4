package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that know nothing of a broker run with the agent. They are replaced under load, and no
 * connection is refused. {@code scripts/test servers} runs all of them, each in every way; without
 * it, one runs in each way.
 */
@Timeout(7200)
class AgentServersTest {
  private static final int REPLACEMENTS = Integer.getInteger("agent.replacements", 1);

  /** Separated by commas, in lower case; null without {@code scripts/test servers}. */
  private static final String SERVERS = System.getProperty("agent.servers");

  /** Kafka needs many seconds of CPU before it answers. */
  private static final Duration DEADLINE = Duration.ofSeconds(SERVERS == null ? 60 : 300);

  private static final Path SOURCES = Path.of("src/test/servers").toAbsolutePath();

  @TempDir private static Path directory;
  private static ExecRig rig;

  /** The servers, in {@code src/test/servers}. */
  enum Server {
    HTTP,
    TOMCAT,
    JETTY,
    NETTY("netty-"),
    UNDERTOW,
    VERTX,
    BOOT,
    MICRONAUT,
    GRPC,
    KAFKA;

    /** The files that it needs, by their prefixes, if the other tests have them too. */
    private final String[] libraries;

    Server(String... libraries) {
      this.libraries = libraries;
    }

    private Path source() {
      return SOURCES.resolve(name().toLowerCase(Locale.ROOT));
    }

    /**
     * Whether it answers all that it has accepted before it ends. Tomcat closes the connection that
     * wakes its acceptor at the end, and the others just end.
     */
    boolean answersAll() {
      return this == JETTY || this == NETTY;
    }

    /** Returns its class path. */
    String build() throws IOException {
      if (SERVERS != null) {
        return source().resolve("target/server.jar").toString();
      }
      Path classes = Files.createDirectories(directory.resolve(name()));
      String text = Files.readString(source().resolve("src/main/java/servers/Main.java"));
      Path sources = Files.createDirectory(classes.resolve("servers"));
      WorkerJar.compile(sources, WorkerJar.classPath(libraries), "Main", text);
      return WorkerJar.classPath(libraries) + File.pathSeparator + classes;
    }

    HttpLoad load(int port) {
      return switch (this) {
        case GRPC -> HttpLoad.ofHttp2(port);
        case KAFKA -> HttpLoad.ofKafka(port);
        default -> new HttpLoad(port);
      };
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
                WorkerJar.JVM_OF_MAVEN, "", classPath, "servers.Main", Integer.toString(port)));
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
                "servers.Main",
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

  static Stream<Arguments> cases() {
    if (SERVERS == null) {
      return Stream.of(
          arguments(Server.NETTY, Start.BY_EXEC), arguments(Server.HTTP, Start.BY_ADDRESS));
    }
    return Stream.of(SERVERS.toUpperCase(Locale.ROOT).split(","))
        .map(Server::valueOf)
        .flatMap(server -> Stream.of(Start.values()).map(how -> arguments(server, how)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldRefuseNoConnectionWhileItIsReplaced(Server server, Start how) throws Exception {
    String name = server + "-" + how;
    String classPath = server.build();
    int port = ServerProgram.freePort();
    Process running = how.start(name, port, server, classPath);
    await().atMost(DEADLINE).until(() -> !rig.holders(name).isEmpty() || !running.isAlive());
    Process last = running;
    try (HttpLoad load = server.load(port)) {
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
      System.out.printf(
          "%s %s: %d replaced, %d requests, 0 refused, %d without an answer%n",
          server, how, REPLACEMENTS, load.onNew() + load.onKept(), load.failures().size());
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
