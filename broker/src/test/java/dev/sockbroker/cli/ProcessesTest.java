package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
  @TempDir Path root;

  @BeforeEach
  void makeFiles() throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(
        root.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/bash\n+::::::\nbroken\nweb:x:33:33::/:/bin/sh\n");
    Files.createDirectories(root.resolve("proc/42"));
    Files.writeString(root.resolve("proc/42/comm"), "my worker\n");
  }

  @Test
  void shouldKnowUsersByPasswd() {
    Processes processes = new Processes(root, true);

    assertThat(processes.user(33)).isEqualTo("web");
    assertThat(processes.user(34)).isNull();
  }

  @Test
  void shouldKnowUsersByNumberOnlyWithoutPasswd() throws IOException {
    Files.delete(root.resolve("etc/passwd"));

    assertThat(new Processes(root, true).user(0)).isNull();
  }

  @Test
  void shouldReadTheCommandOfAProcess() {
    Processes processes = new Processes(root, true);

    assertThat(processes.command(42)).isEqualTo("my worker");
    assertThat(processes.command(43)).isNull();
    assertThat(processes.command(0)).isNull();
  }

  @Test
  void shouldLookOnceAlsoForWhatIsNotToBeSeen() throws IOException {
    Processes processes = new Processes(root, true);
    assertThat(processes.command(43)).isNull();

    Files.createDirectories(root.resolve("proc/43"));
    Files.writeString(root.resolve("proc/43/comm"), "later\n");

    assertThat(processes.command(43)).isNull();
  }

  @Test
  void shouldNameNoCommandIfPidsMeanOtherProcessesHere() {
    assertThat(new Processes(root, false).command(42)).isNull();
  }
}
