package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that other threads work on when the broker is killed get their reply (rule 84). */
class CrashedRequestTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String RELOADS = "Reloading.read";
  private static final String REPORTS = "Reporting.outcome";
  private static final String FREEZES = "Freeze.save";

  @TempDir private Path directory;

  private Path file;
  private BrokerProcess broker;

  @BeforeEach
  void start() throws IOException {
    file = Files.writeString(directory.resolve("sockbroker.toml"), "log-level = \"debug\"\n");
    String agent = StepAgent.option(directory, RELOADS, REPORTS, FREEZES);
    broker =
        BrokerProcess.startAt(
            directory, List.of(BrokerProcess.JAVA.toString(), agent), "--config", file.toString());
  }

  @AfterEach
  void stop() throws IOException {
    StepAgent.letGo(directory);
    broker.stop();
  }

  /** Kills the broker when it has reached a step, and starts the next one. */
  private Reply answer(Request request, String step) throws Exception {
    StepAgent.plan(directory, broker.pid(), "old WAIT enter " + step);
    try (WireClient client = WireClient.connect(broker.socket())) {
      client.hello(true);
      long id = client.send(request);
      await().atMost(SOON).until(() -> Files.exists(StepAgent.reached(directory, "old")));
      broker.kill();
      broker = BrokerProcess.startAt(directory, "--config", file.toString());
      return client.replyTo(id);
    }
  }

  @Test
  void shouldReloadAgain() throws Exception {
    Reply reply = answer(new Request.Reload(false), RELOADS);

    assertThat(reply).isInstanceOf(Reply.Reloaded.class);
    assertThat(((Reply.Reloaded) reply).errors()).isEmpty();
  }

  @Test
  void shouldReportAgain() throws Exception {
    Reply reply = answer(new Request.ReadReport(ReportKind.THREADS, 0), REPORTS);

    assertThat(reply).isInstanceOf(Reply.ReportPart.class);
  }

  /** It may be what the broker has died of. */
  @Test
  void shouldGiveUpAnUpgrade() throws Exception {
    Reply reply = answer(new Request.Upgrade(null), FREEZES);

    assertThat(reply).isInstanceOf(Reply.Error.class);
    assertThat(((Reply.Error) reply).errno()).isEqualTo(Errno.ECANCELED);
  }
}
