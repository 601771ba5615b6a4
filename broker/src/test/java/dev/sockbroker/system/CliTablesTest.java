package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.IOException;
import java.net.Socket;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of the command line: width, columns, order, marks and colours. */
@WithBroker
class CliTablesTest {
  private static BrokerProcess broker;

  @Test
  void shouldQuoteANameWithASpaceAndCountColumns() throws Exception {
    run("open", "--name", "my web", "--retain", "60s", "tcp-listen:[0:0:0:0:0:0:0:1]:0");
    run("open", "--name", "日本語サーバー", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result listed = cli().with("SOCKBROKER_COLUMNS", "80").run("list", "--no-header");
    String quoted = line(listed.out(), "'my web'");
    String wide = line(listed.out(), "日本語サーバー");
    assertThat(quoted).contains("  [::1]:");
    assertThat(quoted.indexOf("tcp6"))
        .as("each of the seven letters takes two columns")
        .isEqualTo(wide.indexOf("tcp ") + 7);
    assertThat(run("show", "my web").out()).contains("'my web'").contains("[::1]:");
    assertThat(run("close", "my web").out()).endsWith("is closed\n");
  }

  private static String line(String lines, String part) {
    return lines.lines().filter(line -> line.contains(part)).findFirst().orElseThrow();
  }

  @Test
  void shouldFitTheTableToTheTerminal() throws Exception {
    run("open", "--name", "n".repeat(100), "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result narrow = cli().with("SOCKBROKER_COLUMNS", "80").run("list");
    Command.Result wide = cli().with("SOCKBROKER_COLUMNS", "80").run("list", "--wide");

    assertThat(narrow.out().lines().toList())
        .allSatisfy(
            line ->
                assertThat(line.replaceAll("\033\\[[0-9;]*m", "").length())
                    .isLessThanOrEqualTo(80));
    assertThat(narrow.err()).contains("columns do not fit; --wide");
    assertThat(wide.out()).contains("n".repeat(100)).contains("INODE");
    assertThat(wide.err()).isEmpty();
    assertThat(cli().with("SOCKBROKER_COLUMNS", "40").run("sessions").err())
        .contains("columns do not fit; --wide");
    assertThat(cli().with("SOCKBROKER_COLUMNS", "40").run("sessions", "--wide").out())
        .contains("LIFETIME");
    // the line on stderr names it as well
    assertThat(run("show", "n".repeat(100), "--wide").exitCode()).isEqualTo(0);
  }

  @Test
  void shouldKeepTheQueueAndTheRegistrationAtEightyColumns() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        SharedSocket listener = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("tight"))) {
      listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), event -> {});
      String table =
          cli()
              .with("SOCKBROKER_COLUMNS", "80")
              .with("NO_COLOR", "1")
              .run("list", "--name", "tight")
              .out();

      assertThat(table.lines().findFirst().orElseThrow())
          .contains("ID", "NAME", "LOCAL", "STATE", "PID", "REGISTRATION", "QUEUED-IN")
          .doesNotContain("COMMAND", "RIGHTS");
    }
  }

  /** The fields above the table have what all holders have in common. */
  @Test
  void shouldKeepWhatDiffersBetweenHoldersAtEightyColumns() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        SharedSocket held = client.open(SocketSpec.udp("127.0.0.1", 0).name("held"))) {
      String shown =
          cli().with("SOCKBROKER_COLUMNS", "80").with("NO_COLOR", "1").run("show", "held").out();

      assertThat(held.isClosed()).isFalse();
      assertThat(line(shown, "PID"))
          .contains("ID", "SESSION", "USER", "COMMAND", "RIGHTS")
          .doesNotContain("SOCKET", "NAME", "KIND", "LOCAL", "STATE");
    }
  }

  @Test
  void shouldShowTheColumnsThatWereChosenInTheirOrder() throws Exception {
    run("open", "--name", "chosen", "--retain", "forever", "tcp-listen:127.0.0.1:0");
    Command narrow = cli().with("SOCKBROKER_COLUMNS", "40").with("NO_COLOR", "1");

    Command.Result listed =
        narrow.run("list", "--name", "chosen", "--columns", "State,retention,name,inode,kind");

    // The width of a column depends on the length of the inode's number.
    assertThat(listed.out().lines().findFirst().map(line -> line.replaceAll(" +", " ")))
        .hasValue("STATE RETENTION NAME INODE KIND");
    assertThat(listed.out()).contains("LISTENING    forever  chosen");
    assertThat(listed.err()).isEmpty();
    assertThat(narrow.run("sessions", "--columns", "client,idle", "--no-header").out())
        .startsWith("sockbroker sessions ");
    assertThat(narrow.run("list", "--columns", "id,nme"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(2);
              assertThat(refused.err()).contains("'nme'; did you mean 'name'?");
            });
  }

  @Test
  void shouldSortByExactValues() throws Exception {
    for (String name : new String[] {"order-b", "order-c", "order-a"}) {
      run("open", "--name", name, "--retain", "60s", "udp:127.0.0.1:0");
    }
    assertThat(names("--sort", "name")).containsExactly("order-a", "order-b", "order-c");
    assertThat(names("--sort", "-name")).containsExactly("order-c", "order-b", "order-a");
    assertThat(names("--sort", "-age")).containsExactly("order-b", "order-c", "order-a");
    assertThat(run("list", "--json", "--sort", "-socket").out())
        .containsPattern("order-a.*order-c.*order-b");
    assertThat(run("list", "--sort", "nothing").exitCode()).isEqualTo(2);
  }

  private static List<String> names(String... sort) throws Exception {
    String[] list = {"list", "--columns", "name", "--no-header"};
    String[] all = Stream.of(list, sort).flatMap(Stream::of).toArray(String[]::new);
    return run(all).out().lines().filter(line -> line.startsWith("order-")).toList();
  }

  @Test
  void shouldMarkConnectionsThatNobodyAccepts() throws Exception {
    String opened =
        run("open", "--name", "deaf", "--retain", "60s", "tcp-listen:127.0.0.1:0").out().strip();
    int port = Integer.parseInt(opened.substring(opened.lastIndexOf(':') + 1));
    try (Socket first = new Socket("127.0.0.1", port)) {
      String[] list = {"list", "--name", "deaf", "--columns", "queued-in,retention"};
      assertThat(run(list).out()).containsPattern(" 1!  +[0-9]+s/1m\n");
      assertThat(run(list).err())
          .isEqualTo(
              "sockbroker: ! connections are queued, and nobody accepts them or gets ACCEPT"
                  + " events\n");
      assertThat(run("show", "deaf").out())
          .contains("nobody accepts")
          .containsPattern("\nretention +[0-9]+s/1m\n");
      assertThat(run("list", "--json", "--name", "deaf").out())
          .contains("\"unattended\":true,\"retainMillis\":60000,\"closesInMillis\":");
      try (Broker client = Broker.connect(broker.socket());
          SharedSocket listener = client.attach("deaf");
          SharedSocket connection = listener.accept()) {
        assertThat(connection.socketId()).isNotEqualTo(listener.socketId());
        assertThat(run("list", "--of", "deaf", "--columns", "peer", "--no-header").out())
            .isEqualTo("127.0.0.1:" + first.getLocalPort() + "\n");
        String listenerId = opened.split(" ")[0];
        assertThat(run("list", "--of", listenerId, "--json").out())
            .contains("\"listener\":\"" + listenerId + "\"");
        assertThat(run(list).err()).isEmpty();
      }
      assertThat(run("list", "--of", "nobody").exitCode()).isEqualTo(3);
    }
  }

  @Test
  void shouldColourOnATerminalOnlyAndNotAgainstNoColor() throws Exception {
    assertThat(cli().with("SOCKBROKER_COLUMNS", "80").run("list").out()).contains("\033[1m");
    assertThat(cli().with("SOCKBROKER_COLUMNS", "80").with("NO_COLOR", "1").run("list").out())
        .doesNotContain("\033");
    assertThat(run("list").out()).doesNotContain("\033");
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return cli().run(arguments);
  }

  private static Command cli() {
    return Command.to(broker.socket());
  }
}
