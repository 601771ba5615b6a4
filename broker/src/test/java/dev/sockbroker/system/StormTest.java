package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fifty worker processes open, duplicate, redeem, register, wait and close at random, and are
 * killed with SIGKILL at the same time. Afterwards nothing of them remains in the broker.
 */
class StormTest {
  private static final int WORKERS = 50;
  private static final int SECONDS = 10;
  private static final long SEED = Long.getLong("sockbroker.seed", System.nanoTime());

  @TempDir Path directory;

  @Test
  void shouldHaveNothingLeftAfterAStormOfKilledWorkers() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      int fdsBefore;
      try (WireClient client = WireClient.welcomed(broker.socket())) {
        fdsBefore = broker.fdCount();
        assertNothingLeft(client, broker, fdsBefore);
      }
      String done = storm(broker);
      assertThat(done).as("seed %d", SEED).contains("\"failed\": 0");
      try (WireClient client = WireClient.welcomed(broker.socket())) {
        await("everything released; seed " + SEED)
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(() -> assertNothingLeft(client, broker, fdsBefore));
      }
      assertThat(broker.log()).noneMatch(line -> line.contains("ERROR"));
    }
  }

  /** Only the asking session remains, and the broker's counts match the kernel's. */
  private static void assertNothingLeft(WireClient client, BrokerProcess broker, int fds)
      throws IOException {
    Reply.BrokerInfo info = client.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    assertThat(info.sessions()).isEqualTo(1);
    assertThat(info.sockets()).isZero();
    assertThat(info.descriptors()).isZero();
    assertThat(info.tokens()).isZero();
    assertThat(info.eventObjects()).isZero();
    assertThat(info.registrations()).isZero();
    assertThat(info.waitingOperations()).isZero();
    assertThat(info.bufferedBytes()).isZero();
    assertThat(info.names()).isZero();
    assertThat(info.watchedProcesses()).isZero();
    assertThat(broker.fdCount()).isEqualTo(fds);
  }

  private String storm(BrokerProcess broker) throws IOException, InterruptedException {
    Path script = directory.resolve("storm.py");
    try (InputStream source = StormTest.class.getResourceAsStream("storm.py")) {
      Files.copy(source, script);
    }
    Path post = Files.createDirectory(directory.resolve("post"));
    ProcessBuilder builder =
        new ProcessBuilder(
            "python3",
            script.toString(),
            broker.socket().toString(),
            post.toString(),
            "" + WORKERS,
            "" + SECONDS,
            "" + SEED);
    builder.environment().put("PYTHONPATH", Path.of("../scripts/examples").toRealPath().toString());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process storm = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String done = new String(storm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(storm.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(storm.exitValue()).isZero();
    return done;
  }
}
