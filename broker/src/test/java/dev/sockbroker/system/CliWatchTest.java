package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code sockbroker watch}. */
@WithBroker
class CliWatchTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static BrokerProcess broker;

  @Test
  void shouldWatchWhatHappens() throws Exception {
    Process watch = cli().start("watch", "--json");
    try (BufferedReader lines = watch.inputReader()) {
      // the first line is there when the watch has started, because each command starts a session
      await().atMost(DEADLINE).until(() -> run("ping", "-c", "1").exitCode() == 0 && lines.ready());
      run("open", "--name", "watched", "--retain", "60s", "udp:127.0.0.1:0");

      String line = lines.readLine();
      while (!line.contains("\"what\":\"OPENED\"")) {
        line = lines.readLine();
      }

      assertThat(line).startsWith("{\"version\":1,\"timeMillis\":").contains("\"socket\":\"s");
    } finally {
      // Process.destroy() would also close the streams
      watch.toHandle().destroy();
    }
    assertThat(watch.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(watch.getErrorStream().readAllBytes()).isEmpty();
  }

  @Test
  void shouldEndAWatchWhoseReaderHasGone() throws Exception {
    Process watch = cli().start("watch");
    watch.getInputStream().close();

    await()
        .atMost(DEADLINE)
        .until(() -> run("ping", "-c", "1").exitCode() == 0 && !watch.isAlive());

    assertThat(watch.exitValue()).isZero();
    assertThat(watch.getErrorStream().readAllBytes()).isEmpty();
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return cli().run(arguments);
  }

  private static Command cli() {
    return Command.to(broker.socket());
  }
}
