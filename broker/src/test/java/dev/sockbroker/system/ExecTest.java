package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that were given sockets by {@code sockbroker exec}. */
class ExecTest {
  private static final String SPEC = "=tcp-listen:127.0.0.1:0";

  @TempDir private static Path directory;
  private static ExecRig rig;
  private static String python;

  @BeforeAll
  static void start() throws Exception {
    Needs.programs("python3");
    rig = new ExecRig(directory);
    // the program on the PATH may be a script that starts the real one
    python =
        rig.run(List.of("python3", "-c", "import sys; print(sys.executable)")).out().getFirst();
  }

  @AfterAll
  static void stop() {
    rig.close();
  }

  private static List<String> program(String role) throws IOException {
    return List.of(python, rig.resource("exec-program.py").toString(), role);
  }

  private static Process serve(String... options) throws IOException {
    Process server = rig.exec(List.of(options), program("serve"));
    assertThat(ExecRig.line(server)).isEqualTo("serving");
    return server;
  }

  private static List<String> open(String name) {
    return List.of("--open", name + SPEC);
  }

  // ---- what the program finds

  @Test
  void shouldPutSocketsWhereASocketActivatedProgramExpectsThem() throws Exception {
    Process other = serve("--open", "joined" + SPEC);

    ExecRig.Result result =
        rig.run(
            rig.execLine(
                List.of("--attach", "joined", "--open", "first" + SPEC), program("sockets")));

    assertThat(result.out())
        .containsSubsequence(
            "pid " + result.pid(),
            "LISTEN_FDNAMES joined:first",
            "LISTEN_FDS 2",
            "LISTEN_PID " + result.pid(),
            "fd 3 " + rig.port("joined") + " blocking")
        .last()
        .asString()
        .matches("fd 4 \\d+ blocking");
    assertThat(result.err()).isEmpty();
    ExecRig.end(other);
  }

  @Test
  void shouldPutSocketsElsewhereAndTellTheNumber() throws Exception {
    ExecRig.Result result =
        rig.run(
            rig.execLine(
                List.of(
                    "--open",
                    "a" + SPEC,
                    "--open",
                    "b" + SPEC,
                    "--open",
                    "c:d=udp:127.0.0.1:0",
                    "--fd",
                    "a=40",
                    "--fd",
                    "c:d=4",
                    "--env",
                    "a=A_FD",
                    "--env",
                    "b=B_FD",
                    "--nonblock"),
                program("sockets")));

    assertThat(result.out())
        .contains("A_FD 40", "B_FD 3", "LISTEN_FDNAMES b", "LISTEN_FDS 1")
        .anySatisfy(line -> assertThat(line).matches("fd 3 \\d+ non-blocking"))
        .anySatisfy(line -> assertThat(line).matches("fd 4 \\d+ non-blocking"))
        .anySatisfy(line -> assertThat(line).matches("fd 40 \\d+ non-blocking"));
    assertThat(result.out().stream().filter(line -> line.startsWith("fd "))).hasSize(3);
  }

  @Test
  void shouldMakeASocketStdinAndStdout() throws Exception {
    Process server =
        rig.exec(List.of("--open", "inetd" + SPEC, "--stdio", "inetd"), program("inetd"));
    await().atMost(30, SECONDS).until(() -> !rig.holders("inetd").isEmpty());

    assertThat(ExecRig.ask(rig.port("inetd"))).isEqualTo("inetd");
    ExecRig.awaitEnd(server);
  }

  @Test
  void shouldLeaveAllElseAsTheCallerHadIt() throws Exception {
    List<String> state = program("state");
    Stream<String> caller = program("caller").stream();
    List<String> plain = rig.run(Stream.concat(caller, state.stream()).toList()).out();

    Stream<String> again = program("caller").stream();
    Stream<String> line = rig.execLine(open("quiet"), state).stream();
    ExecRig.Result result = rig.run(Stream.concat(again, line).toList());

    assertThat(result.err()).isEmpty();
    List<String> without = new ArrayList<>(result.out());
    without.removeIf(it -> it.startsWith("variable b'LISTEN_") && !it.contains("LISTEN_ADDRESS"));
    List<String> expected = new ArrayList<>(plain);
    assertThat(expected.remove("variable b'LISTEN_FDS' b'5'")).isTrue();
    assertThat(expected)
        .as("the caller is one that differs")
        .contains("coredump_filter 00000011", "fd 11 /etc/passwd True", "fd 255 /etc/hosts True")
        .contains("variable b'ODD' b'\\xff\\xfe = \\n'")
        .anySatisfy(it -> assertThat(it).matches("SigIgn:\\t[0-9a-f]*1005805"));
    assertThat(without.stream().map(ExecTest::withoutOwnNumbers))
        .containsExactlyElementsOf(expected.stream().map(ExecTest::withoutOwnNumbers).toList());
  }

  /** The main thread of the process has its pid. */
  private static String withoutOwnNumbers(String line) {
    return line.startsWith("children") ? line.replaceFirst("'\\d+'", "'own'") : line;
  }

  /** A JVM would remove its file at its end, but this one becomes the program. */
  @Test
  void shouldLeaveNoFileOfTheJvmBehind() throws Exception {
    ExecRig.Result result = rig.run(rig.execLine(open("tidy"), List.of("true")));

    assertThat(result.exitCode()).isZero();
    assertThat(Path.of("/tmp/.java_pid" + result.pid())).doesNotExist();
  }

  @Test
  void shouldRunAScriptThatDoesNotSayWhose() throws Exception {
    Path script = Files.writeString(directory.resolve("script"), "echo $1 $LISTEN_FDS\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();

    assertThat(rig.run(rig.execLine(open("script"), List.of(script.toString(), "x"))).out())
        .containsExactly("x 1");
  }

  @Test
  void shouldNotNeedASeparatorNorTakeTheProgramsOptionsForItsOwn() throws Exception {
    List<String> line = List.of(rig.sockbroker(), "exec", "--open", "x" + SPEC, "sh", "-c");

    assertThat(rig.run(Stream.concat(line.stream(), Stream.of("echo $0", "--fd")).toList()).out())
        .containsExactly("--fd");
  }

  // ---- the holder, and until when

  @Test
  void shouldHoldItsSocketsUntilItEndsWhateverItCloses() throws Exception {
    Process program = rig.exec(open("closed"), program("closed"));
    assertThat(ExecRig.line(program)).isEqualTo("closed");

    assertThat(rig.holders("closed")).containsExactly((int) program.pid());
    ExecRig.kill(program);
    await().atMost(30, SECONDS).until(() -> rig.holders("closed").isEmpty());
  }

  @Test
  void shouldLeaveAListenerToAChildThatSurvives() throws Exception {
    Process program = rig.exec(open("orphaned"), program("child"));
    ProcessHandle child = ProcessHandle.of(Long.parseLong(ExecRig.line(program))).orElseThrow();
    int port = rig.port("orphaned");

    program.getOutputStream().close();
    ExecRig.awaitEnd(program);

    await().atMost(30, SECONDS).until(() -> rig.holders("orphaned").isEmpty());
    assertThat(child.isAlive()).isTrue();
    // the broker has closed the listener but not shut it down, so the child has it (rule 46)
    new Socket(InetAddress.getLoopbackAddress(), port).close();
    child.destroyForcibly();
    await()
        .atMost(30, SECONDS)
        .ignoreExceptions()
        .untilAsserted(() -> new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close());
  }

  @Test
  void shouldKeepAnOpenedSocketForTheNextIfItIsToBeRetained() throws Exception {
    Process first = serve("--open", "kept" + SPEC, "--retain", "1m");
    int port = rig.port("kept");
    ExecRig.kill(first);
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> asked(port));

    Process second = serve("--open", "kept=tcp-listen:127.0.0.1:" + port);

    assertThat(answer.get(30, SECONDS)).isEqualTo("" + second.pid());
    ExecRig.end(second);
  }

  /** Others hold it as it is. */
  @Test
  void shouldSayThatASocketThatIsOpenKeepsItsRetention() throws Exception {
    Process first = serve("--open", "short" + SPEC);
    List<String> program = program("sockets");

    ExecRig.Result same = rig.run(rig.execLine(open("short"), program));
    ExecRig.Result other =
        rig.run(rig.execLine(List.of("--open", "short" + SPEC, "--retain", "1m"), program));

    assertThat(same.err()).isEmpty();
    assertThat(other.err())
        .isEqualTo(
            "sockbroker: short was already open and has no retention; to change it: sockbroker"
                + " retain short 1m\n");
    ExecRig.end(first);
  }

  // ---- several

  @Test
  void shouldShareAListenerWithTheSecondStart() throws Exception {
    Process first = serve("--open", "shared" + SPEC, "--nonblock");
    Process second = serve("--open", "shared" + SPEC, "--nonblock");
    int port = rig.port("shared");

    Set<String> seen = new HashSet<>();
    await()
        .atMost(30, SECONDS)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              seen.add(ExecRig.ask(port));
              return seen.size() == 2;
            });

    assertThat(seen).containsExactlyInAnyOrder("" + first.pid(), "" + second.pid());
    ExecRig.end(first);
    assertThat(ExecRig.ask(port)).isEqualTo("" + second.pid());
    ExecRig.end(second);
  }

  @Test
  void shouldLetTwoStartAtTheSameMoment() throws Exception {
    for (int i = 0; i < 3; i++) {
      String name = "race" + i;
      Process first = rig.exec(open(name), program("serve"));
      Process second = rig.exec(open(name), program("serve"));

      assertThat(ExecRig.line(first)).isEqualTo("serving");
      assertThat(ExecRig.line(second)).isEqualTo("serving");
      assertThat(rig.holders(name))
          .containsExactlyInAnyOrder((int) first.pid(), (int) second.pid());
      ExecRig.end(first);
      ExecRig.end(second);
    }
  }

  @Test
  void shouldRefuseNobodyWhileANewVersionReplacesTheOld() throws Exception {
    Process old = serve("--open", "restarted" + SPEC, "--nonblock");
    int port = rig.port("restarted");
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    CompletableFuture<Set<String>> client =
        CompletableFuture.supplyAsync(
            () -> {
              Set<String> servers = new HashSet<>();
              while (!over.get()) {
                servers.add(asked(port));
                answered.incrementAndGet();
              }
              return servers;
            });

    Set<String> generations = new HashSet<>(Set.of("" + old.pid()));
    for (int i = 0; i < 5; i++) {
      Process next = serve("--open", "restarted" + SPEC, "--nonblock");
      ExecRig.end(old);
      int before = answered.get();
      await().atMost(30, SECONDS).until(() -> answered.get() > before + 1 || client.isDone());
      generations.add("" + next.pid());
      old = next;
    }
    over.set(true);

    assertThat(client.get(30, SECONDS)).isEqualTo(generations);
    ExecRig.end(old);
  }

  private static String asked(int port) {
    try {
      return ExecRig.ask(port);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // ---- errors

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          127 | --open e=tcp-listen:127.0.0.1:0 -- nosuchprogram   | nosuchprogram: not found in PATH
          126 | --open e=tcp-listen:127.0.0.1:0 -- /etc/passwd     | /etc/passwd: permission denied
          127 | --open e=tcp-listen:127.0.0.1:0 -- ./nosuchprogram | ./nosuchprogram: not found
          126 | --open e=tcp-listen:127.0.0.1:0 -- /               | /: is a directory
          126 | --open e=tcp-listen:127.0.0.1:0 -- /etc/passwd/x   | /etc/passwd/x: not a directory
          1   | --open e=tcp-listen:192.0.2.1:1 -- true            | EADDRNOTAVAIL
          3   | --attach nobody -- true                            | ENOENT
          2   | --open e=tcp-listen:127.0.0.1:0                    | PROGRAM
          2   | -- true                                            | no socket is given
          2   | --open tcp-listen:127.0.0.1:0 -- true              | is not NAME=SPEC
          2   | --open e=tcp-listen:1:2:3 -- true                  | brackets
          2   | --attach e --open e=udp:127.0.0.1:0 -- true        | named twice
          2   | --attach a:b -- true                               | colon
          2   | --attach a --fd b=7 -- true                        | names 'b'
          2   | --attach a --env b=X -- true                       | names 'b'
          2   | --attach a --attach b --fd b=3 -- true             | would both be fd 3
          2   | --attach a --fd a=3 --stdio a -- true              | both place
          2   | --attach a --fd a=-1 -- true                       | expected: >= 0
          4   | --socket /nonexistent --attach a -- true           | no broker answers
          """)
  void shouldSayWhatIsWrong(int exitCode, String arguments, String words) throws Exception {
    List<String> line = new ArrayList<>(List.of(rig.sockbroker(), "exec"));
    line.addAll(List.of(arguments.split(" ")));

    ExecRig.Result result = rig.run(line);

    assertThat(result.err()).startsWith("sockbroker: ").contains(words);
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(result.out()).isEmpty();
    assertThat(rig.holders("e")).isEmpty();
  }

  @Test
  void shouldSayThatANameOrAnAddressIsTaken() throws Exception {
    Process server = serve("--open", "taken" + SPEC);
    int port = rig.port("taken");

    for (String open :
        List.of(
            "taken=tcp-listen:127.0.0.2:" + port,
            "taken=udp:127.0.0.1:" + port,
            "other=tcp-listen:127.0.0.1:" + port)) {
      ExecRig.Result refused = rig.run(rig.execLine(List.of("--open", open), List.of("true")));

      assertThat(refused.err()).startsWith("sockbroker: EADDRINUSE (98): ").hasLineCount(1);
      assertThat(refused.exitCode()).isEqualTo(1);
    }
    ExecRig.Result refused =
        rig.run(rig.execLine(List.of("--attach", "taken", "--nonblock"), List.of("true")));
    assertThat(refused.err()).startsWith("sockbroker: EBUSY (16): ");
    assertThat(refused.exitCode()).isEqualTo(1);
    ExecRig.end(server);
  }

  @Test
  void shouldSayWhatTheKernelWillNotExecute() throws Exception {
    Path script = Files.writeString(directory.resolve("lost"), "#!/no/such/interpreter\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();

    // fds 3 and 4, which the JVM needs for the message, belonged to the sockets for a moment
    ExecRig.Result refused =
        rig.run(
            rig.execLine(
                List.of("--open", "e" + SPEC, "--open", "f" + SPEC), List.of(script.toString())));

    assertThat(refused.err()).isEqualTo("sockbroker: %s: its interpreter was not found\n", script);
    assertThat(refused.exitCode()).isEqualTo(127);
    await().atMost(30, SECONDS).until(() -> rig.holders("e").isEmpty());
  }
}
