package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After which ends of a broker the launcher starts the next one, and when. */
@Timeout(180)
class RelaunchTest {
  @TempDir private Path directory;

  private StubLauncher launcher;

  @AfterEach
  void end() throws InterruptedException {
    launcher.process().descendants().forEach(ProcessHandle::destroyForcibly);
    launcher.process().destroyForcibly().waitFor();
  }

  /**
   * Starts the launcher of brokers that keep their sockets and end.
   *
   * @param ends the exit codes of the first brokers; the last of them keeps nothing
   */
  private void launch(Map<String, String> environment, int... ends) throws IOException {
    StringBuilder codes = new StringBuilder();
    for (int end : ends) {
      codes.append(' ').append(end);
    }
    Map<String, String> all = new HashMap<>(environment);
    all.put("DIRECTORY", directory.toString());
    all.put("ENDS", codes.toString());
    all.put(
        "JVM",
        """
        cd "$DIRECTORY"
        echo "$PPID ${SOCKBROKER_LAUNCHER_PID:-}" >>starts
        set -- $ENDS
        shift $(($(wc -l <starts) - 1))
        touch broker.sock.kept
        (($# > 1)) || rm broker.sock.kept
        exit $1
        """);
    launcher = StubLauncher.start(directory, all);
  }

  private int exitCode() throws InterruptedException {
    assertThat(launcher.process().waitFor(60, SECONDS)).isTrue();
    return launcher.process().exitValue();
  }

  /** For each start, the parent and who the launcher is. */
  private List<String> starts() throws IOException {
    return Files.readAllLines(directory.resolve("starts"));
  }

  private void send(String signal) throws Exception {
    Program.run(List.of("kill", "-" + signal, launcher.process().pid() + "")).orFail();
  }

  /** Out of memory, an internal failure, SIGKILL, SIGABRT and SIGSEGV. */
  @ParameterizedTest
  @ValueSource(ints = {3, 70, 128 + 9, 128 + 6, 128 + 11})
  void shouldStartTheNextBrokerAfterACrash(int end) throws Exception {
    launch(Map.of(), end, 0);

    assertThat(exitCode()).isZero();
    String pid = launcher.process().pid() + "";
    assertThat(starts())
        .as("both brokers watch the launcher")
        .hasSize(2)
        .containsOnly(pid + " " + pid);
    assertThat(launcher.lines())
        .singleElement()
        .asString()
        .startsWith("sockbroker: the broker ")
        .endsWith("; starting the next one");
  }

  /** It could not start, wrong usage, and the signals that ask it to end. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 128 + 1, 128 + 2, 128 + 15})
  void shouldNotStartABrokerAgainThatDidNotCrash(int end) throws Exception {
    launch(Map.of(), end, 0);

    assertThat(exitCode()).isEqualTo(end);
    assertThat(starts()).hasSize(1);
  }

  @Test
  void shouldStartNoneIfNothingIsKept() throws Exception {
    launch(Map.of(), 70);

    assertThat(exitCode()).isEqualTo(70);
    assertThat(starts()).hasSize(1);
    assertThat(launcher.lines()).isEmpty();
  }

  @Test
  void shouldEndWhenTheNextBrokerRefusesToStart() throws Exception {
    launch(Map.of(), 70, 2, 0);

    assertThat(exitCode()).isEqualTo(2);
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldWaitLongerEachTime() throws Exception {
    String path =
        StubLauncher.sleepingBy(directory, "echo $1 >>'" + directory.resolve("pauses") + "'");
    launch(Map.of("PATH", path), 70, 70, 70, 70, 70, 70, 70, 70, 0);

    assertThat(exitCode()).isZero();
    assertThat(Files.readAllLines(directory.resolve("pauses")))
        .containsExactly("0.5", "1", "2", "4", "8", "10", "10");
    assertThat(launcher.lines())
        .hasSize(8)
        .first()
        .isEqualTo("sockbroker: the broker has crashed with exit code 70; starting the next one");
    assertThat(launcher.lines())
        .last()
        .isEqualTo(
            "sockbroker: the broker has crashed with exit code 70; starting the next one in 10 s");
  }

  /** Waits until the launcher pauses, which it does for ever. */
  private void launchAndAwaitPause() throws Exception {
    String path = StubLauncher.sleepingBy(directory, "exec /bin/sleep infinity");
    launch(Map.of("PATH", path), 70, 70, 0);
    await()
        .atMost(30, SECONDS)
        .until(
            () ->
                launcher
                    .process()
                    .descendants()
                    .anyMatch(it -> it.info().command().orElse("").endsWith("sleep")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void shouldStopInAPauseOn(String signal) throws Exception {
    launchAndAwaitPause();

    send(signal);

    assertThat(exitCode()).isZero();
    assertThat(starts()).hasSize(2);
  }

  @Test
  void shouldEndThePauseOnAHangup() throws Exception {
    launchAndAwaitPause();

    send("HUP");

    assertThat(exitCode()).isZero();
    assertThat(starts()).hasSize(3);
  }
}
