package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the programs of {@code scripts/bench restart} and {@code upgrade} a few times. */
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
          run(rig, "RestartMain", BrokerProcess.JAR.toString(), "3", "3", "3", report.toString());

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

  private static ExecRig.Result run(
      ExecRig rig, String program, String classPath, String... arguments) throws Exception {
    return run(rig, rig.brokerSocket(), program, classPath, arguments);
  }

  private static ExecRig.Result run(
      ExecRig rig, Path socket, String program, String classPath, String... arguments)
      throws Exception {
    List<String> line = new ArrayList<>();
    line.addAll(List.of(BrokerProcess.JAVA.toString(), "--enable-native-access=ALL-UNNAMED"));
    line.addAll(List.of("-cp", classPath, "dev.sockbroker.bench.restart." + program));
    line.addAll(List.of(socket.toString(), rig.sockbroker()));
    line.add(Path.of(SERVER).toRealPath().toString());
    line.addAll(List.of(arguments));
    return rig.run(line);
  }

  @Test
  void shouldLoseNothingWhenTheBrokerIsUpgradedUnderLoad() throws Exception {
    Needs.programs("python3", "wrk", "initdb", "postgres");
    try (ExecRig rig = new ExecRig(directory)) {
      Path report = directory.resolve("UPGRADE.md");
      String classPath = WorkerJar.with("postgresql") + ":" + BrokerProcess.JAR;

      ExecRig.Result result =
          run(rig, "UpgradeMain", classPath, "2", report.toString(), "10", "20");

      assertThat(result.out()).as(result.err()).hasSize(7);
      assertThat(result.out().subList(0, 2))
          .allMatch(it -> it.matches("[|] [12]0 [|] 2 [|]( [0-9.]+ [|]){4} [0-9,]+ MB [|]"));
      assertThat(result.out().subList(2, 7))
          .allMatch(it -> it.matches("[|] .* [|] 2 [|]( [0-9.]+ [|]){4} .* [|] yes [|]"))
          .extracting(it -> it.split(" *[|] *")[1])
          .containsExactly(
              "wrk, server under exec", "wrk, Java worker", "chat", "ring", "PostgreSQL");
      assertThat(result.exitCode()).isZero();
      assertThat(Files.readString(report)).contains(result.out());
    }
  }

  @Test
  void shouldLoseNothingWhenTheBrokerIsKilledUnderLoad() throws Exception {
    Needs.programs("python3", "wrk", "initdb", "postgres");
    try (ExecRig rig = new ExecRig(directory)) {
      Path report = directory.resolve("CRASH.md");
      Path log = directory.resolve("crash.log");
      String classPath = WorkerJar.with("postgresql") + ":" + BrokerProcess.JAR;

      ExecRig.Result result =
          run(
              rig,
              directory.resolve("crash.sock"),
              "CrashMain",
              classPath,
              "2",
              report.toString(),
              log.toString(),
              "10");

      assertThat(result.out()).as(result.err() + Files.readString(log)).hasSize(6);
      assertThat(result.out().getFirst())
          .matches("[|] 10 [|] 2 [|]( [0-9,.]+ [|]){4} [0-9,]+ MB [|]");
      assertThat(result.out().subList(1, 6))
          .allMatch(it -> it.matches("[|] .* [|] 2 [|]( [0-9,.]+ [|]){4} .* [|] yes [|]"));
      assertThat(result.exitCode()).isZero();
      assertThat(Files.readString(report)).contains(result.out());
    }
  }
}
