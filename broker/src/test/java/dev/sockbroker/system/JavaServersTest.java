package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The servers of {@code scripts/examples/servers}, which do not know the broker. They are replaced
 * under load, and no client notices.
 */
@Timeout(240)
class JavaServersTest {
  private static final Path EXAMPLE = Path.of("../scripts/examples/servers").normalize();
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int REPLACEMENTS = 3;

  /** Maven may have to download the servers. */
  private static final long BUILD_SECONDS = 300;

  @TempDir private static Path directory;
  private static ExecRig rig;

  @BeforeAll
  @Timeout(BUILD_SECONDS + 60)
  static void start() throws Exception {
    Needs.programs("mvn");
    build();
    rig = ExecRig.ofCheckout(directory);
  }

  private static void build() throws Exception {
    Path log = directory.resolve("build.log");
    Process maven =
        new ProcessBuilder("mvn", "-q", "-B", "-f", EXAMPLE.toString(), "package")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!maven.waitFor(BUILD_SECONDS, TimeUnit.SECONDS)) {
      maven.destroyForcibly().waitFor();
    }
    assertThat(maven.exitValue()).as(Files.readString(log)).isZero();
  }

  @AfterAll
  static void stop() {
    if (rig != null) {
      rig.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TomcatMain", "JettyMain"})
  void shouldBeReplacedWithoutALostRequest(String main) throws Exception {
    Process server = start(main);
    await().atMost(DEADLINE).until(() -> rig.holders(main).size() == 1);
    try (HttpLoad load = new HttpLoad(rig.port(main))) {
      awaitAnswerOf(server, load);
      for (int i = 0; i < REPLACEMENTS; i++) {
        Process next = start(main);
        awaitAnswerOf(next, load);
        ExecRig.end(server);
        server = next;
      }
      long before = load.onNew();
      await().atMost(DEADLINE).until(() -> load.onNew() > before);
      load.stop();

      assertThat(load.failures()).isEmpty();
      assertThat(load.onKept()).isPositive();
      assertThat(load.bodies()).hasSize(1 + REPLACEMENTS);
    } finally {
      ExecRig.kill(server);
    }
  }

  private static Process start(String main) throws Exception {
    return rig.exec(
        List.of("--open", main + "=tcp-listen:127.0.0.1:0", "--fd", main + "=0"),
        List.of(
            WorkerJar.JVM_OF_MAVEN,
            "-cp",
            EXAMPLE.resolve("target/servers.jar").toString(),
            "servers." + main));
  }

  private static void awaitAnswerOf(Process server, HttpLoad load) {
    await()
        .atMost(DEADLINE)
        .until(() -> load.bodies().contains("hello from " + server.pid()) || !server.isAlive());
    assertThat(server.isAlive()).isTrue();
  }
}
