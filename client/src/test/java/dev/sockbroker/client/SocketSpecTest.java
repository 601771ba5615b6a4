package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.SocketSpec.Kind;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SocketSpecTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp-listen:127.0.0.1:8080",
        "tcp-listen:[::1]:0",
        "tcp-listen:localhost:65535",
        "tcp:[fe80::1%eth0]:80",
        "udp:127.0.0.1:0",
        "udp-connect:127.0.0.1:53",
        "unix-listen:/run/x.sock",
        "unix:relative/path:with:colons",
        "unix-dgram:@abstract",
        "unix-dgram-connect:/run/log"
      })
  void shouldReadWhatItWrites(String text) {
    assertThat(SocketSpec.parse(text)).hasToString(text);
  }

  @Test
  void shouldListenEverywhereWithoutAHost() {
    assertThat(SocketSpec.parse("tcp-listen:8080")).hasToString("tcp-listen:[::]:8080");
    assertThat(SocketSpec.tcpListen(8080).host()).isEqualTo("::");
    assertThat(SocketSpec.parse("udp:53").kind()).isEqualTo(Kind.UDP);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8080 | expected: KIND:ADDRESS",
        "sctp:127.0.0.1:80 | kind 'sctp' is unknown",
        "tcp-listen:127.0.0.1:65536 | port '65536'",
        "tcp-listen:127.0.0.1:-1 | port '-1'",
        "tcp-listen:127.0.0.1: | a port is missing: tcp-listen:HOST:PORT",
        "tcp-listen:127.0.0.1 | a port is missing: tcp-listen:HOST:PORT",
        "tcp:[::1] | a port is missing: tcp:HOST:PORT",
        "udp: | a port is missing: udp:HOST:PORT",
        "tcp-listen:65536 | port '65536'",
        "tcp-listen:127.0.0.1:99999999999 | port '99999999999'",
        "tcp-listen:127.0.0.1:http | port 'http'",
        "tcp-listen:::1:80 | in brackets",
        "tcp:80 | the host is missing",
        "tcp::80 | the host is missing",
        "unix: | the path is missing"
      })
  void shouldSayWhatIsWrong(String text, String words) {
    assertThatThrownBy(() -> SocketSpec.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining(words);
  }

  @Test
  void shouldBecomeOneOpenForAListener() throws IOException {
    SocketSpec spec =
        SocketSpec.tcpListen("127.0.0.1", 80)
            .name("web")
            .retain(Duration.ofMinutes(1))
            .joinRights(Rights.of(Right.ACCEPT))
            .option(StandardSocketOptions.SO_RCVBUF, 4096);

    SocketSpec.Requests requests = spec.requests();

    assertThat(requests.connect()).isNull();
    assertThat(requests.open())
        .isEqualTo(
            new Request.Open(
                Family.INET,
                SocketType.STREAM,
                0,
                Address.inet("127.0.0.1", 80),
                SocketSpec.BACKLOG,
                Map.of("SO_REUSEADDR", true, "SO_RCVBUF", 4096),
                "web",
                60_000,
                Set.of(Right.ACCEPT),
                null));
  }

  @Test
  void shouldBecomeAnOpenAndAConnect() throws IOException {
    SocketSpec.Requests requests = SocketSpec.udpConnect("::1", 53).requests();

    assertThat(requests.open().family()).isEqualTo(Family.INET6);
    assertThat(requests.open().type()).isEqualTo(SocketType.DGRAM);
    assertThat(requests.open().bind()).isNull();
    assertThat(requests.open().backlog()).isNull();
    assertThat(requests.connect().port()).isEqualTo(53);
    assertThat(requests.connect().host()).contains(":");
  }

  @Test
  void shouldMakePathsAbsoluteForTheBrokerHasAnotherWorkingDirectory() throws IOException {
    assertThat(SocketSpec.unixListen("x.sock").requests().open().bind().path())
        .isEqualTo(Path.of("x.sock").toAbsolutePath().toString());
    assertThat(SocketSpec.unixListen("@x").requests().open().bind().path()).isEqualTo("@x");
  }

  @Test
  void shouldRetainForEver() throws IOException {
    SocketSpec spec = SocketSpec.udp("127.0.0.1", 0).name("u").retain(Broker.FOREVER);

    assertThat(spec.requests().open().retainMillis()).isEqualTo(Request.FOREVER);
  }
}
