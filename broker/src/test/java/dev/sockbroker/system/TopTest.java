package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The command top, once, as JSON, and on a terminal with keys. */
class TopTest {
  private static final String LEAVES = "\033[?1049l";

  @Test
  void shouldWriteTheTableOnce() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("web"))) {
      Command command = Command.to(broker.socket());
      Command.Result once = command.run("top", "--once", "--interval", "100ms");
      assertThat(once.exitCode()).as(once.err()).isZero();
      assertThat(once.out().lines())
          .anyMatch(it -> it.startsWith("per second: "))
          .anyMatch(it -> it.matches("web +tcp +127.0.0.1:\\d+ .* 0/\\d+ .* 1"))
          .last()
          .asString()
          .startsWith("(others) ");
      Command.Result json = command.run("top", "--once", "--json", "-i", "100ms");
      assertThat(json.out())
          .startsWith("{\"version\":1,\"busy\":")
          .contains("\"name\":\"web\"", "\"holders\":1,\"unattended\":false")
          .endsWith("}\n");
      assertThat(command.run("top", "--filter", "xyz").out()).doesNotContain("web");
      assertThat(command.run("top", "--sort", "nothing").exitCode()).isEqualTo(2);
      assertThat(command.run("top", "-i", "1ms").exitCode()).isEqualTo(2);
      assertThat(web.localAddress()).isNotNull();
    }
  }

  @Test
  void shouldShowUsersOnlyTheirs() throws Exception {
    try (SharedBroker shared = SharedBroker.start()) {
      Command.Result result =
          shared.command(User.ALICE).run("top", "--once", "--interval", "100ms");
      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out()).doesNotContain("per second", "busy", "(others)");
    }
  }

  @Test
  void shouldFollowKeys() throws Exception {
    Needs.programs("script", "stty");
    try (BrokerProcess broker = BrokerProcess.start();
        Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("web"))) {
      String line =
          "stty cols 100 rows 20; SOCKBROKER_COLUMNS=100 exec %s -jar %s top --socket %s"
              .formatted(BrokerProcess.JAVA, BrokerProcess.JAR, broker.socket());
      Process process =
          new ProcessBuilder("script", "-qefc", line, "/dev/null")
              .redirectErrorStream(true)
              .start();
      StringBuffer shown = new StringBuffer();
      Thread reader = Thread.ofVirtual().start(() -> read(process.getInputStream(), shown));
      try {
        awaitShown(shown, "web ");
        type(process, "/xyz\n");
        awaitShown(shown, "names with 'xyz'");
        type(process, " ");
        awaitShown(shown, "paused; ");
        assertThat(shown).doesNotContain(LEAVES);
        type(process, "q");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        reader.join();
        assertThat(process.exitValue()).as(shown.toString()).isZero();
        assertThat(shown.toString()).contains(LEAVES);
      } finally {
        process.destroyForcibly();
      }
      assertThat(web.localAddress()).isNotNull();
    }
  }

  private static void type(Process process, String keys) throws IOException {
    process.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
  }

  private static void awaitShown(StringBuffer shown, String text) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(shown.toString()).contains(text));
  }

  private static void read(InputStream in, StringBuffer shown) {
    byte[] buffer = new byte[4096];
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        shown.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
