package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tour, as a new user runs it. */
@Tag("alone")
final class DemoTest {
  @Test
  void shouldShowEveryStepAndLeaveNothingBehind() throws Exception {
    Command.Result demo = Command.to(Path.of("/nonexistent/not-used.sock")).run("demo");

    assertThat(demo.err()).isEmpty();
    assertThat(demo.exitCode()).isZero();
    assertThat(demo.out().lines().filter(line -> line.startsWith("ok  "))).hasSize(6);
    assertThat(demo.out())
        .contains("One listener, two workers", "kill -9")
        .containsPattern("(?m)^ID +SOCKET +NAME")
        .containsPattern("web +\\S+ +tcp +127.0.0.1:\\d+ +- +LISTENING")
        .containsPattern("upload +\\S+ +tcp .* CONNECTED");
    assertThat(ProcessHandle.allProcesses().filter(DemoTest::isOfTheDemo)).isEmpty();
  }

  private static boolean isOfTheDemo(ProcessHandle process) {
    return process.info().commandLine().orElse("").contains("sockbroker-demo");
  }
}
