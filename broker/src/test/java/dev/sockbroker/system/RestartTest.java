package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code scripts/bench restart} with few repetitions. */
@Tag("alone")
@Timeout(300)
class RestartTest {
  private static final String SERVER = "../scripts/examples/http_server.py";

  @TempDir private Path directory;

  @Test
  void shouldLoseNothingOfAServerThatIsReplacedOrKilled() throws Exception {
    Needs.programs("python3", "wrk", "haproxy", "systemd-socket-activate");
    try (ExecRig rig = new ExecRig(directory)) {
      Path report = directory.resolve("RESTART.md");

      ExecRig.Result result =
          rig.run(
              List.of(
                  BrokerProcess.JAVA.toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  BrokerProcess.JAR.toString(),
                  "dev.sockbroker.bench.restart.RestartMain",
                  rig.brokerSocket().toString(),
                  rig.sockbroker(),
                  Path.of(SERVER).toRealPath().toString(),
                  "3",
                  "3",
                  "3",
                  report.toString()));

      assertThat(result.out()).as(result.err()).hasSize(10);
      assertThat(result.out().get(0))
          .matches("exec, Python, replaced +3 times: [1-9].* requests, 0 failed, 0 .*refused");
      assertThat(result.out().get(1))
          .contains("exec, Python, killed")
          .endsWith(" 0 connections refused");
      assertThat(result.out().get(2))
          .matches("Java worker, replaced +3 times: [1-9].* requests, 0 failed, 0 .*refused");
      assertThat(result.out().get(3))
          .contains("Java worker, killed")
          .endsWith(" 0 connections refused");
      assertThat(result.out().get(4)).contains("50 clients").contains(" 0 clients disconnected");
      assertThat(result.out().subList(5, 10))
          .as("without the broker nothing is promised, but everything is counted")
          .allMatch(it -> it.matches(".* 3 times: [1-9]\\d* requests, .*refused"))
          .extracting(it -> it.replaceAll(",? +3 times.*", ""))
          .containsExactly(
              "SO_REUSEPORT, replaced",
              "SO_REUSEPORT, killed",
              "socket activation, replaced",
              "socket activation, killed",
              "HAProxy, reloaded, replaced");
      assertThat(result.out().get(7)).contains(" 0 failed, 0 connections refused");
      assertThat(result.exitCode()).isZero();
      assertThat(Files.readString(report))
          .contains("| chat, killed | 3 |", "| SO_REUSEPORT, replaced | 3 |")
          .doesNotContain("**no**");
    }
  }
}
