package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGHUP asks a service to reload its configuration, so it does not end the broker. */
class HangupTest {
  @TempDir Path directory;

  @Test
  void shouldNotEndAService() throws Exception {
    Needs.programs("kill", "setsid");
    List<String> line = new ArrayList<>(List.of("setsid", "--wait"));
    line.addAll(serve());
    Process session = start(line);
    try {
      ProcessHandle broker = awaitBroker(session);
      hangUp(broker);
      await().atMost(30, SECONDS).until(() -> log().contains("SIGHUP"));
      assertThat(Command.to(socket()).run("ping", "-c", "1").exitCode()).isZero();
      broker.destroy();
      await().atMost(30, SECONDS).until(() -> log().contains("stopped"));
    } finally {
      end(session);
    }
  }

  /** script(1) provides a terminal. */
  @Test
  void shouldEndABrokerInATerminal() throws Exception {
    Needs.programs("kill", "script");
    String line = String.join(" ", serve());
    Process terminal = start(List.of("script", "--quiet", "--command", line, "/dev/null"));
    try {
      hangUp(awaitBroker(terminal));
      await().atMost(30, SECONDS).until(() -> log().contains("stopped"));
    } finally {
      end(terminal);
    }
  }

  private Path socket() throws IOException {
    return directory.toRealPath().resolve("run/broker.sock");
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  private List<String> serve() throws IOException {
    String java = BrokerProcess.JAVA.toString();
    String jar = BrokerProcess.JAR.toString();
    return List.of(java, "-jar", jar, "serve", "--socket", socket().toString());
  }

  private Process start(List<String> line) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("INVOCATION_ID", "NOTIFY_SOCKET"));
    return builder.redirectOutput(directory.resolve("log").toFile()).start();
  }

  private ProcessHandle awaitBroker(Process parent) {
    await().atMost(30, SECONDS).until(() -> log().contains("ready"));
    return Stream.concat(Stream.of(parent.toHandle()), parent.descendants())
        .filter(it -> it.info().command().filter(name -> name.endsWith("/java")).isPresent())
        .findFirst()
        .orElseThrow();
  }

  private static void hangUp(ProcessHandle broker) throws Exception {
    Program.run(List.of("kill", "-HUP", broker.pid() + "")).orFail();
  }

  private static void end(Process parent) throws InterruptedException {
    parent.descendants().forEach(ProcessHandle::destroyForcibly);
    parent.destroyForcibly().waitFor();
  }
}
