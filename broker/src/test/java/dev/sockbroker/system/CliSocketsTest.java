package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WhenReplaced;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that open, show and change sockets, with a real broker. */
@WithBroker
class CliSocketsTest {
  private static BrokerProcess broker;

  @TempDir Path directory;

  @Test
  void shouldOpenListShowAndCloseASocket() throws Exception {
    Command.Result opened =
        run("open", "--name", "web", "--retain", "60s", "tcp-listen:127.0.0.1:0");
    assertThat(opened.out()).matches("s\\d+ web tcp 127\\.0\\.0\\.1:\\d+\n");
    String id = opened.out().split(" ")[0];
    String address = opened.out().strip().split(" ")[3];

    assertThat(run("list", "--name", "web").out().lines())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).startsWith("ID  SOCKET"))
        .anySatisfy(line -> assertThat(line).contains(id, "web", "tcp", address, "LISTENING"));
    assertThat(run("list", "--socket", id, "--no-header").out()).contains(address).hasLineCount(1);
    assertThat(run("list", "--name", "web", "--state", "connected", "--no-header").out()).isEmpty();
    assertThat(run("show", "web").out()).contains(address).contains("retention").contains("1m");

    assertThat(run("close", "web").out()).isEqualTo(id + " is closed\n");
    assertThat(run("list", "--name", "web", "--no-header").out()).isEmpty();
  }

  @Test
  void shouldShowEveryHolderOfACrowd() throws Exception {
    int count = 300;
    run("open", "--name", "crowd", "--retain", "60s", "udp:127.0.0.1:0");
    try (Broker client = Broker.connect(broker.socket())) {
      for (int i = 0; i < count; i++) {
        client.attach("crowd").duplicate(Target.pid(client.pid()));
      }
      Command.Result json = run("show", "crowd", "--json");
      assertThat(json.exitCode()).as(json.err()).isZero();
      assertThat(json.out().split("\"descriptor\":\"d", -1)).hasSize(count + 1);
      int tokens = json.out().split("\"token\":\"", -1).length - 1;
      assertThat(tokens).isBetween(1, count - 1);
      assertThat(json.out()).contains("],\"moreTokens\":" + (count - tokens) + ",\"options\":{");
      assertThat(run("show", "crowd").out()).containsPattern("\nand [0-9]+ more\n");
    }
  }

  @Test
  void shouldJoinWhatIsOpenAlready() throws Exception {
    String[] open = {"open", "--name", "twice", "--retain", "forever", "udp:127.0.0.1:0"};
    String first = run(open).out().strip();

    assertThat(run(open).out()).isEqualTo(first + " (already open)\n");

    assertThat(run("open", "--name", "twice", "--retain", "1s", "tcp-listen:127.0.0.1:0"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(1);
              assertThat(refused.out()).isEmpty();
              assertThat(refused.err()).startsWith("sockbroker: EADDRINUSE (98): ");
            });
  }

  @Test
  void shouldNotLeaveASocketBehindThatCouldNotConnect() throws Exception {
    Command.Result refused =
        run("open", "--name", "dead", "--retain", "forever", "unix:" + directory.resolve("none"));

    assertThat(refused.err()).startsWith("sockbroker: ENOENT (2): ");
    assertThat(run("show", "dead").exitCode()).isEqualTo(3);
  }

  @Test
  void shouldSetAnOptionAndReadItBack() throws Exception {
    run(
        "open",
        "--name",
        "options",
        "--retain",
        "60s",
        "--option",
        "SO_RCVBUF=1000",
        "udp:[::1]:0");

    assertThat(run("get", "options", "SO_RCVBUF").out()).isEqualTo("2304\n");
    assertThat(run("set", "options", "SO_REUSEADDR", "on").out()).isEqualTo("on\n");
    assertThat(run("get", "options", "SO_REUSEADDR", "--json").out())
        .matches(
            "\\{\"version\":1,\"socket\":\"s\\d+\",\"option\":\"SO_REUSEADDR\",\"value\":true}\n");
    assertThat(run("get", "options", "1:2").out()).isEqualTo("01000000\n");
    assertThat(run("set", "options", "SO_PRIORITY", "-1").err()).doesNotContain("Unknown option");
    assertThat(run("get", "options", "SO_NOTHING"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(1);
              assertThat(refused.err()).startsWith("sockbroker: ENOPROTOOPT (92): ");
            });
  }

  @Test
  void shouldShowUnsignedCountersWithoutASign() throws Exception {
    run("open", "--name", "counters", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    assertThat(run("get", "counters", "TCP_INFO", "--json").out())
        .contains("\"tcpi_max_pacing_rate\":18446744073709551615");
    assertThat(run("show", "counters").out())
        .contains(":18446744073709551615")
        .doesNotContain(":-1");
  }

  @Test
  void shouldChangeWhatANameGives() throws Exception {
    run("open", "--name", "gives", "--retain", "60s", "udp:127.0.0.1:0");

    assertThat(run("show", "gives").out())
        .containsPattern("\njoin rights +all\n")
        .containsPattern("\nothers' rights +none\n");
    assertThat(run("retain", "gives", "5m").out()).contains("gives: retention 5m, join rights all");
    assertThat(run("allow", "gives", "recv,SEND", "--others", "RECV").out())
        .contains("retention 5m, join rights RECV,SEND, others' rights RECV");
    assertThat(run("allow", "gives", "none", "--json").out())
        .contains("\"retainMillis\":300000,\"joinRights\":[],\"otherRights\":[\"RECV\"]");
    assertThat(run("show", "gives", "--json").out()).contains("\"retainMillis\":300000");
    assertThat(run("allow", "gives", "SNED").err()).contains("did you mean 'send'?");
    assertThat(run("allow", "gives").exitCode()).isEqualTo(2);
    assertThat(run("retain", "gives", "0s").exitCode()).isZero();
    assertThat(run("show", "gives").exitCode()).as("nobody held it").isEqualTo(3);
  }

  /** The same words as in {@code allow}. */
  @Test
  void shouldOpenWithTheRightsThatWereTyped() throws Exception {
    String[] open = {"open", "--name", "rights", "--retain", "60s", "udp:127.0.0.1:0"};

    run(with(open, "--join", "none", "--others", "recv,SEND"));
    assertThat(run("show", "rights", "--json").out())
        .contains("\"joinRights\":[],\"otherRights\":[\"RECV\",\"SEND\"]");
    run("close", "rights");

    run(with(open, "--join", "All", "--others", "none"));
    assertThat(run("show", "rights").out())
        .containsPattern("\njoin rights +all\n")
        .containsPattern("\nothers' rights +none\n");
    assertThat(run(with(open, "--join", "snd")).err()).contains("did you mean 'send'?");
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void shouldShowWhoStandsBy() throws Exception {
    EnumSet<NetworkEvent> accept = EnumSet.of(NetworkEvent.ACCEPT);
    try (Broker one = Broker.connect(broker.socket());
        Broker other = Broker.connect(broker.socket());
        SharedSocket first = one.open(SocketSpec.tcpListen("127.0.0.1", 0).name("line"));
        SharedSocket second = other.attach("line");
        SharedSocket third = one.attach("line")) {
      first.asyncSelect(accept, event -> {}, WhenReplaced.STAND_BY);
      second.asyncSelect(accept, event -> {}, WhenReplaced.STAND_BY);
      third.asyncSelect(accept, event -> {});

      assertThat(run("show", "line").out())
          .containsPattern("standbys +d" + second.id() + "#2,d" + first.id() + "#1\n")
          .contains("d" + third.id() + ":message:ACCEPT#3");
      assertThat(run("show", "line", "--json").out())
          .containsPattern(
              "\"standbys\":\\[\\{\"descriptor\":\"d"
                  + second.id()
                  + "\"[^}]*\"number\":2},\\{\"descriptor\":\"d"
                  + first.id()
                  + "\"[^}]*\"number\":1}]");
      assertThat(run("list", "--name", "line", "--json").out())
          .contains("\"standby\":1", "\"standby\":2", "\"standby\":null");
    }
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return Command.to(broker.socket()).run(arguments);
  }
}
