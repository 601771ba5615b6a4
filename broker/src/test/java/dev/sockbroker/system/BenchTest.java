package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Runs the bench in rounds that are too short to measure speed. */
@Tag("alone")
final class BenchTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final List<String> LANES =
      List.of("native", "framed", "framed-async", "stream", "factory", "ring", "ring-copy", "fd");
  private static final List<String> WEB_LANES =
      List.of("native", "framed", "stream", "factory", "ring", "fd", "haproxy-tcp", "haproxy-unix");
  private static final Path NO_BROKER = Path.of("/nonexistent/not-used.sock");

  @TempDir Path directory;

  @AfterEach
  void shouldLeaveNothingBehind() {
    assertThat(ofTheBench()).isEmpty();
  }

  @Test
  void shouldMoveBytesInEachLane() throws Exception {
    Command.Result bench =
        run(
            "--case",
            "throughput,pingpong,idle",
            "--lane",
            "native,framed,framed-async,stream,factory,ring,ring-copy,fd",
            "--wide");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    for (String lane : LANES) {
      assertThat(bench.out())
          .containsPattern("(?m)^throughput +receive +" + lane + " +256K +1 +1 +[1-9].*iB ")
          .containsPattern("(?m)^throughput +send +" + lane + " +256K +1 +1 +[1-9].*iB ")
          .containsPattern("(?m)^pingpong +answer +" + lane + " +64 +1 +1 +[1-9]")
          .containsPattern("(?m)^idle +hold +" + lane + " .* CPU ");
    }
    assertThat(bench.out())
        .containsPattern("(?m)^throughput +receive .* framed / native +rate +[0-9.]+ ")
        .containsPattern("(?m)^throughput +receive .* ring / native +CPU +[0-9.]+ ")
        .containsPattern("(?m)^pingpong +answer .* framed / native +p50 +[0-9.]+ ");
  }

  @Test
  void shouldServeItsOwnWebClientsInEachLane() throws Exception {
    Needs.programs("haproxy");

    Command.Result bench =
        run(
            Command.to(NO_BROKER).with("PATH", "/without/wrk"),
            "--case=http",
            "--lane=native,framed,stream,factory,ring,fd,haproxy-tcp,haproxy-unix",
            "--connections=1,16",
            "--wide");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    for (String lane : WEB_LANES) {
      for (int connections : new int[] {1, 16}) {
        assertThat(bench.out())
            .containsPattern(
                "(?m)^http +keep-alive +" + lane + " +- +" + connections + " +1 +[1-9]")
            .containsPattern("(?m)^http +close +" + lane + " +- +" + connections + " +1 +[1-9]");
      }
    }
    assertThat(bench.out())
        .containsPattern("(?m)^http +keep-alive +- +16 .* factory / haproxy-unix +p99 +[0-9.]+ ");
  }

  @Test
  void shouldServeWrk() throws Exception {
    Needs.programs("wrk");

    Command.Result bench = run("--case=http", "--lane=factory", "--connections=2", "--json");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    assertThat(bench.out()).containsPattern("\"wrk\":\"[0-9.]+");
    assertThat(series(bench.out()))
        .containsExactly("http keep-alive factory", "http close factory");
  }

  @Test
  void shouldMoveBytesOfManyConnectionsAndManyAtOnce() throws Exception {
    Command.Result bench =
        run(
            "--case=pingpong",
            "--lane=native,framed,ring",
            "--size=100,1K",
            "--connections=3",
            "--pipeline=1,7");

    assertThat(bench.exitCode()).isZero();
    assertThat(
            bench
                .out()
                .lines()
                .filter(line -> line.matches("pingpong.* (native|framed|ring) .*/.*/.*")))
        .hasSize(12);
  }

  @Test
  void shouldWriteJsonOfControlAndEvents() throws Exception {
    Command.Result bench = run("--case", "control,event", "--json");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    assertIsJson(bench.out());
    assertThat(bench.out())
        .hasLineCount(1)
        .startsWith("{\"version\":1,\"machine\":{\"cpu\":")
        .contains("\"rounds\":2,\"roundMillis\":20,\"pinned\":false,\"disturbance\":{\"repeated\":")
        .endsWith("\"scale\":[]}\n");
    List<String> expected =
        new ArrayList<>(
            List.of(
                "control ping bare",
                "control ping broker",
                "control set-async broker",
                "control set broker",
                "control set-paced broker",
                "control register broker",
                "control share broker",
                "control pipelined broker",
                "control set 64-threads",
                "control set-paced 64-threads",
                "control connect broker",
                "control connect native",
                "event read broker",
                "event read native"));
    if (User.isRoot()) {
      // Only root can start a worker whom a policy restricts.
      expected.addAll(
          List.of(
              "control set policy",
              "control set no-policy",
              "control connect policy",
              "control connect no-policy"));
    }
    assertThat(series(bench.out())).containsExactlyElementsOf(expected);
    assertThat(bench.out())
        .containsPattern(
            "\\{\"case\":\"control\",\"operation\":\"set\",\"lane\":\"broker\",\"size\":null,"
                + "\"connections\":null,\"pipeline\":1,\"against\":\"bare\",\"metric\":\"p50\",\"value\":\\{\"median\":"
                + "[0-9.]+,\"min\":[0-9.]+,\"max\":[0-9.]+},\"goal\":\\{\"bound\":3.0,"
                + "\"atLeast\":false,\"reached\":(true|false)}}");
  }

  @Test
  void shouldCountDescriptors() throws Exception {
    Command.Result bench = run("--case", "scale", "--descriptors", "100,600");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    assertThat(bench.out())
        .containsPattern("(?m)^ +100 +20 +2 ")
        .containsPattern("(?m)^ +600 +120 +12 ")
        .containsPattern("(?m)^scale +set +600 .* broker / 10 sockets +p50 +[0-9.]+ .*reached$");
  }

  @Test
  void shouldCountFewerDescriptorsWhereOpenFilesDoNotSuffice() throws Exception {
    Command.Result bench =
        run(
            Command.to(NO_BROKER).withOpenFiles(1300),
            "--case",
            "scale",
            "--descriptors",
            "600,700",
            "--json");

    assertThat(bench.err())
        .isEqualTo(
            "sockbroker: scale of 600 descriptors needs 1306 open files, and the hard limit is"
                + " 1300: 550 are measured instead; for all of them, as root: ulimit -n 1306\n"
                + "sockbroker: scale of 700 descriptors needs 1332 open files, and the hard limit"
                + " is 1300: 550 are measured instead; for all of them, as root: ulimit -n 1332\n");
    assertThat(bench.exitCode()).isZero();
    assertThat(Pattern.compile("\"descriptors\":(\\d+)").matcher(bench.out()).results())
        .extracting(it -> it.group(1))
        .containsExactly("550");
  }

  @Test
  void shouldSayThatOpenFilesSufficeForNoDescriptor() throws Exception {
    Command.Result bench = run(Command.to(NO_BROKER).withOpenFiles(1100), "--case", "scale");

    assertThat(bench.exitCode()).isEqualTo(1);
    assertThat(bench.err())
        .startsWith("sockbroker: scale of 1000 descriptors needs 1410 open files, and the hard")
        .hasLineCount(1);
  }

  @Test
  void shouldUseABrokerThatRunsAndLeaveItAsItWas() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      String[] options = {
        "--socket", broker.socket().toString(), "--case", "pingpong", "--lane", "framed"
      };
      Command.Result bench = run(Command.to(NO_BROKER).with("SOCKBROKER_COLUMNS", "80"), options);

      assertThat(bench.exitCode()).isZero();
      assertThat(bench.err()).contains(" of 15 columns do not fit; --wide or --json shows all\n");
      assertThat(bench.out()).as("there is nothing to compare").doesNotContain("OUTCOME");
      assertThat(bench.out()).containsPattern("(?m)^pingpong +answer +framed ");
      assertThat(Command.to(broker.socket()).run("list", "--no-header").out()).isEmpty();
    }
  }

  @Test
  void shouldSayThatNoBrokerAnswers() throws Exception {
    Command.Result bench = run("--socket", NO_BROKER.toString());

    assertThat(bench.exitCode()).isEqualTo(4);
    assertThat(bench.out()).isEmpty();
    assertThat(bench.err()).contains(NO_BROKER.toString());
  }

  @Test
  void shouldWriteAReport() throws Exception {
    Path files = directory.resolve("new/report");

    Command.Result bench =
        run("--case", "pingpong", "--lane", "native,framed", "--report", files.toString());

    assertThat(bench.exitCode()).isZero();
    assertThat(files.resolve("RESULTS.md"))
        .content()
        .contains("sockbroker bench --rounds 2 ", "| framed / native |", "(RESULTS.svg)");
    assertThat(files.resolve("RESULTS.svg")).content().contains(">framed</text>", "</svg>");
  }

  @Test
  void shouldGoThroughAnotherProgram() throws Exception {
    Needs.programs("socat");

    Command.Result bench =
        run("--case", "throughput,pingpong", "--lane", "native,socat-tcp,socat-unix");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.exitCode()).isZero();
    assertThat(bench.out())
        .containsPattern("(?m)^throughput +send +socat-tcp +256K +1 +1 +[1-9].*iB ")
        .containsPattern("(?m)^pingpong +answer .* socat-unix / native +p50 +[0-9.]+ ");
  }

  @Test
  void shouldSayWhichProgramIsMissing() throws Exception {
    Command.Result bench =
        run(Command.to(NO_BROKER).with("PATH", "/nonexistent"), "--lane", "socat-tcp");

    assertThat(bench.exitCode()).isEqualTo(1);
    assertThat(bench.err()).isEqualTo("sockbroker: socat is not installed; lane socat-tcp\n");
  }

  @Test
  void shouldTakeItsProcessesWithItWhenItIsKilled() throws Exception {
    Process bench =
        Command.to(NO_BROKER).start("bench", "--case", "pingpong", "--lane", "framed", "--json");
    await()
        .atMost(DEADLINE)
        .until(() -> ofTheBench().filter(it -> isRunning(it, "WorkerMain")).findAny().isPresent());
    assertThat(ofTheBench().filter(it -> isRunning(it, "serve"))).isNotEmpty();

    bench.destroyForcibly();

    await().atMost(DEADLINE).until(() -> ofTheBench().findAny().isEmpty());
  }

  private static Command.Result run(String... options) throws Exception {
    return run(Command.to(NO_BROKER), options);
  }

  private static Command.Result run(Command command, String... options) throws Exception {
    Stream<String> brief =
        Stream.of("bench", "--rounds", "2", "--time", "20ms", "--warmup", "20ms");
    return command.run(Stream.concat(brief, Stream.of(options)).toArray(String[]::new));
  }

  private static Stream<ProcessHandle> ofTheBench() {
    return ProcessHandle.allProcesses().filter(BenchTest::isOfTheBench);
  }

  private static boolean isRunning(ProcessHandle process, String word) {
    return process.info().commandLine().orElse("").contains(word);
  }

  private static boolean isOfTheBench(ProcessHandle process) {
    String command = process.info().commandLine().orElse("");
    return command.contains("sockbroker-bench") || command.contains("dev.sockbroker.bench");
  }

  private static void assertIsJson(String text) {
    List<String> names = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
      while (parser.nextToken() != null) {
        names.add(parser.currentName());
      }
    }
    assertThat(names).contains("version", "series", "comparisons", "scale");
  }

  /** The case, operation and lane of each series with a rate and times. */
  private static List<String> series(String json) {
    Pattern pattern =
        Pattern.compile(
            "\\{\"case\":\"([^\"]+)\",\"operation\":\"([^\"]+)\",\"lane\":\"([^\"]+)\",[^{]*"
                + "\"perSecond\":\\{\"median\":[1-9][^}]*},\"micros\":\\{\"p50\":\\{");
    List<String> series = new ArrayList<>();
    for (MatchResult it : pattern.matcher(json).results().toList()) {
      series.add(it.group(1) + " " + it.group(2) + " " + it.group(3));
    }
    return series;
  }
}
