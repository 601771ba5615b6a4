package dev.sockbroker.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentOptionsTest {
  @Test
  void shouldReadEveryOption() {
    AgentOptions options =
        AgentOptions.parse(
            "web=tcp:*:8080,admin=tcp-listen:[::1]:0,retain=1m,connect=broker,socket=/run/b.sock");

    assertThat(options.listeners().keySet()).containsExactly("web", "admin");
    assertThat(options.listeners().get("web")).hasToString("tcp-listen:[::]:8080");
    assertThat(options.listeners().get("admin")).hasToString("tcp-listen:[::1]:0");
    assertThat(options.retain()).isEqualTo(Duration.ofMinutes(1));
    assertThat(options.connects()).isTrue();
    assertThat(options.socket()).isEqualTo(Path.of("/run/b.sock"));
  }

  @Test
  void shouldNeedNoOption() {
    AgentOptions none = AgentOptions.parse(null);

    assertThat(none.listeners()).isEmpty();
    assertThat(none.retain()).isZero();
    assertThat(none.connects()).isFalse();
    assertThat(none.socket()).isNull();
    assertThat(AgentOptions.parse("")).isEqualTo(none);
  }

  @ParameterizedTest
  @CsvSource({"500ms, PT0.5S", "60s, PT1M", "5m, PT5M", "1h, PT1H", "2d, PT48H"})
  void shouldReadATime(String text, Duration time) {
    assertThat(AgentOptions.parse("retain=" + text).retain()).isEqualTo(time);
  }

  @Test
  void shouldRetainForever() {
    assertThat(AgentOptions.parse("retain=forever").retain()).isEqualTo(Broker.FOREVER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "web; 'web' (expected: NAME=tcp:HOST:PORT",
        "=tcp:*:1; '=tcp:*:1' (expected",
        "web=tcp:*:1,; '' (expected",
        "web=udp:*:1; 'web=udp:*:1' (expected: NAME=tcp:HOST:PORT)",
        "web=8080; 'web=8080': socket '8080'",
        "web=tcp:*:99999; port '99999' is not a number",
        "web=tcp:*:1,web=tcp:*:2; 'web' is given twice",
        "retain=1m,retain=2m; 'retain' is given twice",
        "connect=me; connect=me (expected: connect=broker)",
        "retain=1; retain=1 (expected: a time like",
        "retain=9999999999s; retain=9999999999s (expected: a time like",
      })
  void shouldSayWhatIsWrong(String options, String message) {
    assertThatThrownBy(() -> AgentOptions.parse(options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
