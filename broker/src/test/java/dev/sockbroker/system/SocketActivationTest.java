package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that its first client starts, on a listener from the service manager. */
class SocketActivationTest {
  @TempDir private Path directory;

  @Test
  void shouldServeOnTheListenerHandedOverAndLeaveItsPath() throws Exception {
    Needs.programs("systemd-socket-activate");
    Path socket = directory.resolve("activated.sock");
    Process broker =
        new ProcessBuilder(
                "systemd-socket-activate",
                "--listen=" + socket,
                BrokerProcess.JAVA.toString(),
                "-jar",
                BrokerProcess.JAR.toString(),
                "serve")
            .redirectError(directory.resolve("log").toFile())
            .start();
    try {
      await().atMost(30, TimeUnit.SECONDS).until(() -> Files.exists(socket));

      Command.Result pinged = Command.to(socket).run("ping", "-c", "1");

      assertThat(pinged.exitCode()).as(pinged.err()).isZero();

      broker.destroy();

      assertThat(broker.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(broker.exitValue()).as(Files.readString(directory.resolve("log"))).isZero();
      assertThat(directory.resolve("log")).content().contains("stopped");
      assertThat(socket).exists();
    } finally {
      broker.destroyForcibly();
    }
  }
}
