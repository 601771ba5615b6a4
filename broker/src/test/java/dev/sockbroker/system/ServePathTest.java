package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands at the path already, or beside it, decides whether a broker starts there. */
class ServePathTest {
  @TempDir Path directory;

  @Test
  void shouldLeaveAFileThatIsNoSocket() throws Exception {
    Path file = Files.writeString(Files.createDirectory(home()).resolve("precious"), "keep");
    Command.Result result = Command.to(file).run("serve");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("is no socket");
    assertThat(file).hasContent("keep");
    assertThat(home()).isDirectoryNotContaining(it -> !it.equals(file));
  }

  @Test
  void shouldNameAGroupThatIsNotThere() throws Exception {
    Command.Result result =
        Command.to(home().resolve("broker.sock"))
            .run("serve", "--trust-group", "--group", "nosuchgroup");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("there is no group 'nosuchgroup'");
    assertThat(home()).doesNotExist();
  }

  @Test
  void shouldSayWhoRunsAndWhetherThePathIsThere() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      Command serve = Command.to(broker.socket());
      assertThat(serve.run("serve").err()).contains("already, with pid " + broker.pid());
      Files.delete(broker.socket());
      assertThat(serve.run("serve").err()).contains("was removed: stop it (kill " + broker.pid());
    }
  }

  @Test
  void shouldStartAgainWhereTheUserHasANumberOnly() throws Exception {
    Path socket = Files.createDirectory(home()).resolve("broker.sock");
    Process serve =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.name=?",
                "-jar",
                BrokerProcess.JAR.toString(),
                "serve",
                "--socket",
                socket.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader log = serve.inputReader()) {
      Stream<String> said =
          log.lines().filter(line -> line.contains("ready") || line.contains("ERROR"));
      assertThat(said.findFirst()).hasValueSatisfying(it -> assertThat(it).contains("ready"));
    } finally {
      serve.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldSayWhyTheLockCannotBeMade() throws Exception {
    Needs.that("root".equals(System.getProperty("user.name")), "needs root, who owns /proc");
    Command.Result result = Command.to(Path.of("/proc/broker.sock")).run("serve");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("cannot start: /proc/broker.sock.lock: No such file or directory");
  }

  /** One that only its owner can write, as a broker demands. */
  private Path home() throws IOException {
    return directory.toRealPath().resolve("home");
  }
}
