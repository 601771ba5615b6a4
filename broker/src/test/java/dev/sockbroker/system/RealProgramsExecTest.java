package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unchanged servers that support socket activation and do not know the broker. */
class RealProgramsExecTest {
  private static final Path EXAMPLES = Path.of("../scripts/examples").toAbsolutePath().normalize();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir private static Path directory;
  private static ExecRig rig;

  @BeforeAll
  static void start() throws Exception {
    rig = new ExecRig(directory);
  }

  @AfterAll
  static void stop() {
    rig.close();
  }

  @Test
  void shouldServeHttpByPython() throws Exception {
    Needs.programs("python3");
    assertServes("python", List.of("python3", EXAMPLES.resolve("http_server.py").toString()));
  }

  @Test
  void shouldServeHttpByNode() throws Exception {
    Needs.programs("node");
    String server =
        """
        require('http')
          .createServer((request, response) => response.end('hello from ' + process.pid + '\\n'))
          .listen({fd: 3});
        """;
    assertServes("node", List.of("node", "-e", server));
  }

  private static void assertServes(String name, List<String> line) throws Exception {
    List<String> options = List.of("--open", name + "=tcp-listen:127.0.0.1:0");
    Process first = rig.exec(options, line);
    Process second = rig.exec(options, line);
    await().atMost(DEADLINE).until(() -> rig.holders(name).size() == 2);
    int port = rig.port(name);

    Set<String> seen = new HashSet<>();
    await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              seen.add(get(port));
              return seen.size() == 2;
            });

    assertThat(seen)
        .containsExactlyInAnyOrder("hello from " + first.pid(), "hello from " + second.pid());
    ExecRig.kill(first);
    assertThat(get(port)).isEqualTo("hello from " + second.pid());
    ExecRig.kill(second);
    await().atMost(30, SECONDS).until(() -> rig.holders(name).isEmpty());
  }

  /** Uses a new connection, so that either server may get it. */
  private static String get(int port) throws Exception {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(DEADLINE).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
              .timeout(DEADLINE)
              .build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      return response.body().strip();
    }
  }
}
