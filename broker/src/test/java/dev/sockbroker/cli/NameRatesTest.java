package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply.BrokerInfo;
import dev.sockbroker.protocol.Reply.NameInfo;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rates between two samples, and how top shows them. */
class NameRatesTest {
  private static final long SECOND = 1_000_000_000L;

  private static BrokerInfo info(long busyMicros, long requests) {
    return new BrokerInfo(
        4711,
        "1.0.0",
        90_000,
        1,
        2,
        3,
        0,
        0,
        1,
        5,
        0,
        2,
        0,
        9,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        busyMicros,
        requests,
        0,
        0,
        0,
        0);
  }

  private static NameInfo name(String name, long socket, long accepts, long bytesIn) {
    return new NameInfo(
        name,
        socket,
        0L,
        Family.INET,
        SocketType.STREAM,
        SocketState.LISTENING,
        Address.inet("127.0.0.1", 80),
        1,
        2,
        accepts,
        bytesIn,
        0,
        3,
        128,
        0,
        4,
        0,
        1,
        true);
  }

  private static NameSample sample(long seconds, BrokerInfo info, NameInfo... names) {
    return new NameSample(seconds * SECOND, info, List.of(names));
  }

  @Test
  void shouldDivideByTheTime() {
    NameRates rates =
        NameRates.between(
            sample(10, info(1_000_000, 100), name("web", 1, 10, 1000)),
            sample(12, info(2_000_000, 300), name("web", 1, 30, 5000), name("new", 2, 7, 7)));
    assertThat(rates.busy()).isEqualTo(0.5);
    assertThat(rates.requests()).isEqualTo(100);
    assertThat(rates.names().get(0).accepts()).isEqualTo(10);
    assertThat(rates.names().get(0).bytesIn()).isEqualTo(2000);
    assertThat(rates.names().get(1).accepts()).isZero();
  }

  @Test
  void shouldCountFromZeroAfterAnUpgrade() {
    NameRates rates =
        NameRates.between(
            sample(10, info(9_000_000, 100), name("web", 1, 10, 1000)),
            sample(11, info(500_000, 20), name("web", 1, 4, 100)));
    assertThat(rates.busy()).isEqualTo(0.5);
    assertThat(rates.requests()).isEqualTo(20);
    assertThat(rates.names().getFirst().accepts()).isEqualTo(4);
  }

  @Test
  void shouldHaveNoRatesAtFirst() {
    NameRates rates = NameRates.between(null, sample(10, info(9, 9), name("web", 1, 10, 1000)));
    assertThat(rates.requests()).isZero();
    assertThat(rates.names().getFirst().accepts()).isZero();
  }

  private static List<String> lines(NameColumn order, String filter, int width) throws IOException {
    NameRates rates =
        NameRates.between(
            sample(10, info(0, 1), name("web", 1, 0, 0), name("api\u202e", 2, 0, 0)),
            sample(11, info(10_000, 3), name("web", 1, 5, 9999), name("api\u202e", 2, 8, 10)));
    return new TopView(order, filter).lines(rates, width, 100, false);
  }

  @Test
  void shouldShowTheGreatestFirst() throws IOException {
    assertThat(lines(null, null, 0))
        .containsExactly(
            "sockbroker 1.0.0, pid 4711, up 1m30s, loop 1 % busy",
            "1 session, 2 sockets, 3 descriptors, 1 registration, 5 waiting",
            "per second: 2 requests, 0 refused, 0 accepts, 0 in, 0 out",
            "",
            "NAME         KIND  LOCAL         ACCEPTS/S  IN/S  OUT/S  CONNS   QUEUE  WAITING  LANES"
                + "          HOLDERS",
            "api\\u{202e}  tcp   127.0.0.1:80          8    10      -      2  3/128!        - "
                + " stream 4 fd 1        1",
            "web          tcp   127.0.0.1:80          5  9.8K      -      2  3/128!        - "
                + " stream 4 fd 1        1");
    assertThat(lines(NameColumn.IN, null, 0).get(5)).startsWith("web ");
    assertThat(lines(NameColumn.NAME, null, 0).get(5)).startsWith("api");
  }

  @Test
  void shouldFilterNames() throws IOException {
    assertThat(lines(null, "we", 0))
        .hasSize(7)
        .contains("names with 'we'")
        .last()
        .asString()
        .startsWith("web ");
    assertThat(lines(null, "xyz", 0)).hasSize(6);
  }

  @Test
  void shouldFitTheWidth() throws IOException {
    for (int width : List.of(20, 40, 80)) {
      assertThat(lines(null, null, width)).allMatch(it -> it.length() <= width);
    }
  }
}
