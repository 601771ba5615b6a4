package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with and without a broker: its versions, no broker, a silent one, another program. */
@WithBroker
class CliConnectionTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static BrokerProcess broker;

  @TempDir Path directory;

  @Test
  void shouldPingAndTellVersions() throws Exception {
    assertThat(run("ping", "-c", "2", "-i", "1ms").out()).hasLineCount(3).contains("answer 2 of 2");
    assertThat(run("version").out()).contains("sockbroker 1.").contains(" at " + broker.socket());
  }

  @Test
  void shouldSayHowToStartABrokerIfThereIsNone() throws Exception {
    Command.Result result = Command.to(directory.resolve("none")).run("list");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(directory.resolve("none").toString(), "sockbroker serve");
  }

  @Test
  void shouldSayThatTheBrokerIsStopped() throws Exception {
    try (BrokerProcess stopped = BrokerProcess.start()) {
      stopped.signal("STOP");

      Command.Result result = Command.to(stopped.socket()).run("list");
      stopped.signal("CONT");

      assertThat(result.exitCode()).isEqualTo(4);
      assertThat(result.err())
          .isEqualTo(
              "sockbroker: the broker at %s does not answer; is it stopped? (pid %d)\n"
                  .formatted(stopped.socket(), stopped.pid()));
    }
  }

  @Test
  void shouldSayThatWhatAnswersIsNoBroker() throws Exception {
    Path path = directory.resolve("other.sock");
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path));
      Process process = Command.to(path).start("list");
      try (SocketChannel client = other.accept()) {
        client.write(ByteBuffer.wrap("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes()));
        assertThat(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }
      assertThat(process.exitValue()).isEqualTo(4);
      assertThat(new String(process.getErrorStream().readAllBytes()))
          .contains(path.toString())
          .doesNotContain("\tat ");
    }
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return Command.to(broker.socket()).run(arguments);
  }
}
