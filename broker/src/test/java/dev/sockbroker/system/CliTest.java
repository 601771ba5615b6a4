package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WhenReplaced;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with a real broker: their output and exit codes. */
@WithBroker
class CliTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static BrokerProcess broker;
  private static Command cli;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() {
    cli = Command.to(broker.socket());
  }

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
      String shown = run("show", "crowd", "--json").out();
      assertThat(shown.split("\"descriptor\":\"d", -1)).hasSize(count + 1);
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
  void shouldRefuseANumberThatWouldMeanAnother() throws Exception {
    run("open", "--name", "numbers", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    for (String value : new String[] {"-5", "", "99999999999", "0x-5"}) {
      assertThat(run("set", "numbers", "SO_RCVBUF", value).err())
          .startsWith("sockbroker: EINVAL (22): SO_RCVBUF takes a number between 0 and 2147483647");
    }
    for (String time : new String[] {"0s", "-5s", "", "99999999999999999d"}) {
      assertThat(run("open", "--name", "no", "--retain", time, "udp:127.0.0.1:0"))
          .satisfies(
              refused -> {
                assertThat(refused.exitCode()).isEqualTo(2);
                assertThat(refused.err()).contains("--retain").contains("expected: ");
              });
    }
    for (String backlog : new String[] {"-5", "99999999999", "1.5"}) {
      String[] open = {"open", "--name", "no", "--retain", "9s", "--backlog", backlog};
      assertThat(run(append(open, "tcp-listen:127.0.0.1:0")))
          .satisfies(
              refused -> {
                assertThat(refused.exitCode()).isEqualTo(2);
                assertThat(refused.err()).contains("backlog").contains("expected: ");
              });
    }
    assertThat(run("show", "no").exitCode()).as("nothing was opened").isEqualTo(3);
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
  void shouldQuoteANameWithASpaceAndCountColumns() throws Exception {
    run("open", "--name", "my web", "--retain", "60s", "tcp-listen:[0:0:0:0:0:0:0:1]:0");
    run("open", "--name", "日本語サーバー", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result listed = cli.with("SOCKBROKER_COLUMNS", "80").run("list", "--no-header");
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

  private static String[] append(String[] words, String last) {
    return Stream.concat(Stream.of(words), Stream.of(last)).toArray(String[]::new);
  }

  @Test
  void shouldWriteJsonWithoutAWordBesideIt() throws Exception {
    run("open", "--name", "json", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result listed =
        cli.with("SOCKBROKER_COLUMNS", "80").run("list", "--json", "--name", "json");

    assertThat(listed.err()).isEmpty();
    assertThat(listed.out())
        .startsWith("{\"version\":1,\"descriptors\":[{\"descriptor\":null,\"socket\":\"s")
        .contains("\"name\":\"json\",\"ownerUid\":")
        .contains(",\"kind\":\"tcp\",\"local\":{\"host\":\"127.0.0.1\",\"port\":")
        .endsWith("}]}\n");
    assertThat(run("show", "json", "--json").out()).contains("\"SO_RCVBUF\":").hasLineCount(1);
    assertThat(run("show", "--broker", "--json").out()).contains("\"pid\":" + broker.pid());
  }

  @Test
  void shouldFitTheTableToTheTerminal() throws Exception {
    run("open", "--name", "n".repeat(100), "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result narrow = cli.with("SOCKBROKER_COLUMNS", "80").run("list");
    Command.Result wide = cli.with("SOCKBROKER_COLUMNS", "80").run("list", "--wide");

    assertThat(narrow.out().lines().toList())
        .allSatisfy(
            line ->
                assertThat(line.replaceAll("\033\\[[0-9;]*m", "").length())
                    .isLessThanOrEqualTo(80));
    assertThat(narrow.err()).contains("columns do not fit; --wide");
    assertThat(wide.out()).contains("n".repeat(100)).contains("INODE");
    assertThat(wide.err()).isEmpty();
    assertThat(cli.with("SOCKBROKER_COLUMNS", "40").run("sessions").err())
        .contains("columns do not fit; --wide");
    assertThat(cli.with("SOCKBROKER_COLUMNS", "40").run("sessions", "--wide").out())
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
          cli.with("SOCKBROKER_COLUMNS", "80")
              .with("NO_COLOR", "1")
              .run("list", "--name", "tight")
              .out();

      assertThat(table.lines().findFirst().orElseThrow())
          .contains("ID", "NAME", "LOCAL", "STATE", "PID", "REGISTRATION", "QUEUED-IN")
          .doesNotContain("COMMAND", "RIGHTS");
    }
  }

  @Test
  void shouldShowTheColumnsThatWereChosenInTheirOrder() throws Exception {
    run("open", "--name", "chosen", "--retain", "forever", "tcp-listen:127.0.0.1:0");
    Command narrow = cli.with("SOCKBROKER_COLUMNS", "40").with("NO_COLOR", "1");

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
      assertThat(run("show", "deaf").out()).contains("nobody accepts", "1m, closes in ");
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
    assertThat(cli.with("SOCKBROKER_COLUMNS", "80").run("list").out()).contains("\033[1m");
    assertThat(cli.with("SOCKBROKER_COLUMNS", "80").with("NO_COLOR", "1").run("list").out())
        .doesNotContain("\033");
    assertThat(run("list").out()).doesNotContain("\033");
  }

  @Test
  void shouldSayThatThereIsNoSuchThing() throws Exception {
    for (String[] arguments :
        new String[][] {
          {"show", "s999999"},
          {"show", "nobody"},
          {"get", "nobody", "SO_TYPE"},
          {"close", "nobody"},
          {"revoke", "d999999"},
          {"revoke", "t999999"}
        }) {
      Command.Result result = run(arguments);

      assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).startsWith("sockbroker: ").hasLineCount(1);
    }
  }

  @Test
  void shouldSayInTheWordsOfTheCommandLineWhatIsWrong() throws Exception {
    run("open", "--name", "words", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    assertThat(run("set", "words", "TCP_NODELAY", "maybe").err())
        .startsWith("sockbroker: EINVAL (22): ")
        .contains("on or off")
        .doesNotContain("setOption", " on d");
    assertThat(run("close", "nobody").err()).doesNotContain("attach:").contains("nobody");
    assertThat(run("revoke", "x"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(2);
              assertThat(refused.err())
                  .startsWith("sockbroker: 'x' is neither a descriptor (d42) nor a token (t7)\n");
            });
    assertThat(run("end", "abc"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(2);
              assertThat(refused.err()).contains("'abc' is not a session number");
            });
    assertThat(run("serve", "--limit", "sockets").err())
        .contains("option '--limit' should be NAME=NUMBER but was sockets");
    assertThat(run("serve", "--group", "nosuchgroup").err())
        .startsWith("sockbroker: --group: there is no group 'nosuchgroup'\n");
    String[] tooHigh = {"exec", "--attach", "words", "--fd", "words=999999999", "--", "true"};
    assertThat(run(tooHigh).exitCode()).isEqualTo(2);
  }

  @Test
  void shouldSuggestANameThatExists() throws Exception {
    run("open", "--name", "meaning", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    for (String[] command :
        new String[][] {{"show", "meanign"}, {"close", "meanin"}, {"list", "--of", "maening"}}) {
      Command.Result refused = run(command);

      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err()).endsWith("; did you mean 'meaning'?\n").hasLineCount(1);
    }
    assertThat(run("show", "something").err()).doesNotContain("did you mean");
  }

  @Test
  void shouldChangeWhatANameGives() throws Exception {
    run("open", "--name", "gives", "--retain", "60s", "udp:127.0.0.1:0");

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

  @Test
  void shouldAnswerEveryCommandAsJson() throws Exception {
    run("open", "--name", "answers", "--retain", "60s", "udp:127.0.0.1:0");
    try (Broker client = Broker.connect(broker.socket());
        SharedSocket held = client.attach("answers")) {
      assertThat(held.isClosed()).isFalse();
      assertThat(run("close", "answers", "--json").out())
          .matches(
              "\\{\"version\":1,\"socket\":\"s\\d+\",\"closed\":false,\"descriptors\":1,\"tokens\":0}\n");
      String session = run("sessions", "--json").out();
      assertThat(session).contains("\"session\":" + client.session() + ",");
      assertThat(run("end", Long.toString(client.session()), "--json").out())
          .isEqualTo("{\"version\":1,\"session\":" + client.session() + "}\n");
    }
    assertThat(run("ping", "-c", "1", "--json").out())
        .matches("\\{\"version\":1,\"broker\":\".*\"requests\":1,\"minMicros\":\\d+,.*}\n");
    assertThat(run("version", "--json").out()).contains("\"path\":\"" + broker.socket() + "\"}");
  }

  @Test
  void shouldNotTakeAMissingDirectoryForAMissingSocket() throws Exception {
    Command.Result refused =
        run(
            "open",
            "--name",
            "nowhere",
            "--retain",
            "60s",
            "unix-listen:" + directory.resolve("none/x"));

    assertThat(refused.err()).startsWith("sockbroker: ENOENT (2): ");
    assertThat(refused.exitCode()).isEqualTo(1);
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

  @Test
  void shouldWatchWhatHappens() throws Exception {
    Process watch = cli.start("watch", "--json");
    try (BufferedReader lines = watch.inputReader()) {
      // the first line is there when the watch has started, because each command starts a session
      await().atMost(DEADLINE).until(() -> run("ping", "-c", "1").exitCode() == 0 && lines.ready());
      run("open", "--name", "watched", "--retain", "60s", "udp:127.0.0.1:0");

      String line = lines.readLine();
      while (!line.contains("\"what\":\"OPENED\"")) {
        line = lines.readLine();
      }

      assertThat(line).startsWith("{\"version\":1,\"timeMillis\":").contains("\"socket\":\"s");
    } finally {
      // Process.destroy() would also close the streams
      watch.toHandle().destroy();
    }
    assertThat(watch.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(watch.getErrorStream().readAllBytes()).isEmpty();
  }

  @Test
  void shouldEndAWatchWhoseReaderHasGone() throws Exception {
    Process watch = cli.start("watch");
    watch.getInputStream().close();

    await()
        .atMost(DEADLINE)
        .until(() -> run("ping", "-c", "1").exitCode() == 0 && !watch.isAlive());

    assertThat(watch.exitValue()).isZero();
    assertThat(watch.getErrorStream().readAllBytes()).isEmpty();
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    Path full = Path.of("/dev/full");

    for (String[] arguments : new String[][] {{"list"}, {"list", "--json"}, {"list", "--help"}}) {
      Command.Result result = cli.writingTo(full).run(arguments);

      assertThat(result.exitCode()).as(String.join(" ", arguments)).isEqualTo(1);
      assertThat(result.err()).isEqualTo("sockbroker: No space left on device\n");
    }
  }

  @Test
  void shouldWriteACompletionScriptThatBashReads() throws Exception {
    Path script = directory.resolve("completion");
    Files.writeString(script, run("completion").out());

    Process bash = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();

    assertThat(bash.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(bash.exitValue()).isZero();
    assertThat(Files.readString(script)).contains("--retain").contains("listening");
  }

  @Test
  void shouldWriteACompletionScriptThatFishUses() throws Exception {
    Needs.programs("fish");
    Path script = directory.resolve("completion.fish");
    Files.writeString(script, run("completion", "--fish").out());

    String asked =
        Program.run(
                List.of(
                    "fish",
                    "--no-config",
                    "--command",
                    "source " + script + "; complete --do-complete 'sockbroker li'",
                    "--command",
                    "complete --do-complete 'sockbroker list --so'"))
            .orFail()
            .out();

    assertThat(asked).contains("list\tList descriptors").contains("--sort\t");
  }

  @Test
  void shouldPingAndTellVersions() throws Exception {
    assertThat(run("ping", "-c", "2", "-i", "1ms").out()).hasLineCount(3).contains("answer 2 of 2");
    assertThat(run("version").out()).contains("sockbroker 1.").contains(" at " + broker.socket());
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return cli.run(arguments);
  }
}
