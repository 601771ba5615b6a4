package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script that starts the jar, in the layout of an installation. */
class LauncherTest {
  private static final Duration DEADLINE = Duration.ofSeconds(120);

  /** What the JVM calls it. */
  private static final String CACHE = "shared objects file";

  @TempDir Path prefix;

  private Path launcher;
  private Path lib;

  @BeforeEach
  void install() throws IOException {
    Path script = BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();
    launcher = Files.createDirectories(prefix.resolve("bin")).resolve("sockbroker");
    lib = Files.createDirectories(prefix.resolve("lib/sockbroker"));
    Files.copy(script, launcher);
    launcher.toFile().setExecutable(true);
    StartCaches.installJar(lib);
  }

  @Test
  void shouldStartThroughALinkFromAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(prefix.resolve("link"), launcher);

    assertThat(run(link, Map.of(), "--version").orFail().out()).startsWith("sockbroker ");
  }

  /** The last directory of the path is then not the one that contains the installation. */
  @ParameterizedTest
  @ValueSource(strings = {"bin/./sockbroker", "bin/sub/../sockbroker", "lib/../bin/sockbroker"})
  void shouldStartFromAPathWithDots(String path) throws Exception {
    Files.createDirectory(prefix.resolve("bin/sub"));

    Path dotted = Path.of(prefix + "/" + path);

    assertThat(run(dotted, Map.of(), "--version").orFail().out()).startsWith("sockbroker ");
  }

  /** A package brings one along; JAVA_HOME is for other programs. */
  @Test
  void shouldPreferTheRuntimeThatIsInstalledWithIt() throws Exception {
    Path runtime = Files.createDirectories(lib.resolve("runtime/bin")).getParent();
    Files.writeString(runtime.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
    Path java = Files.writeString(runtime.resolve("bin/java"), "#!/bin/sh\necho own runtime\n");
    java.toFile().setExecutable(true);
    Map<String, String> others = Map.of("SOCKBROKER_JAVA_HOME", "", "JAVA_HOME", javaHome());

    assertThat(run(launcher, others, "--version").out()).isEqualTo("own runtime\n");
    assertThat(run(launcher, Map.of(), "--version").out()).startsWith("sockbroker ");
    awaitNoCacheIsMade();
  }

  /** Also where a user enables a profiler or tracer for all Java programs. */
  @Test
  void shouldMakeCachesInTheBackgroundThatBelongToThisVeryJar() throws Exception {
    List<Path> former = caches();
    Map<String, String> options =
        Map.of("JAVA_TOOL_OPTIONS", agent(), "_JAVA_OPTIONS", agent(), "JDK_JAVA_OPTIONS", agent());
    // the same size but another time means another jar
    Files.setLastModifiedTime(jar(), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));

    Program.Result result = run(launcher, options, "--version").orFail();

    await()
        .atMost(DEADLINE)
        .until(() -> caches().size() == 2 && former.stream().noneMatch(Files::exists));
    awaitEndOfMaking();
    assertThat(result.err()).isEmpty();
    assertThat(agentLoads()).isEmpty();
    assertThat(classSource("dev.sockbroker.cli.Main", "--version")).isEqualTo(CACHE);
    assertThat(classSource("dev.sockbroker.broker.Daemon", "serve", "--check")).isEqualTo(CACHE);
    // this option is unknown, so exec ends with a message
    assertThat(classSource("dev.sockbroker.cli.Main", "exec", "--nothing")).isEqualTo(CACHE);
  }

  @Test
  void shouldStartWithoutCachesWhereItCannotWriteThem() throws Exception {
    User.needs();
    for (Path cache : caches()) {
      Files.delete(cache);
    }
    Files.setPosixFilePermissions(prefix, PosixFilePermissions.fromString("rwxr-xr-x"));

    List<String> line = User.ALICE.run(List.of(launcher.toString(), "--version"));
    Program.Result result = Program.run(Installation.JDK, line).orFail();

    assertThat(result.err()).isEmpty();
    assertThat(caches()).isEmpty();
  }

  /** Without a word of the JVM, too. */
  @ParameterizedTest
  @ValueSource(strings = {"text", "cut off", "a directory"})
  void shouldStartWithoutACacheThatIsBroken(String how) throws Exception {
    for (Path cache : caches()) {
      damage(cache, how);
    }

    Program.Result result = run(launcher, Map.of(), "--version").orFail();
    assertThat(result.out()).startsWith("sockbroker ").hasLineCount(1);
    assertThat(result.err()).isEmpty();
    List<String> program = List.of(launcher.toString());
    try (ServeProcess broker = ServeProcess.start(prefix, Installation.JDK, program)) {
      assertThat(broker.terminate()).isZero();
      assertThat(broker.lines()).allMatch(line -> line.matches("[-0-9T:.]+Z INFO .*"));
    }
  }

  private static void damage(Path cache, String how) throws IOException {
    byte[] whole = Files.readAllBytes(cache);
    Files.delete(cache);
    switch (how) {
      case "text" -> Files.writeString(cache, "this is no cache");
      case "cut off" -> Files.write(cache, Arrays.copyOf(whole, whole.length / 2));
      case "a directory" -> Files.createDirectory(cache);
      default -> throw new AssertionError(how);
    }
  }

  /** Where the JVM of a command has a class from. */
  private String classSource(String name, String... command) throws Exception {
    Path log = prefix.resolve("classes.log");
    Map<String, String> options =
        Map.of("SOCKBROKER_JAVA_OPTS", "-Xlog:class+load:file=" + log + ":none");
    run(launcher, options, command);
    try (Stream<String> lines = Files.lines(log)) {
      String start = name + " source: ";
      return lines
          .filter(line -> line.startsWith(start))
          .map(line -> line.substring(start.length()))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void shouldPassAJdkOverThatIsTooOld() throws Exception {
    Path old = Files.createDirectories(prefix.resolve("old/bin")).getParent();
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\necho old; exit 9\n");
    java.toFile().setExecutable(true);

    Program.Result result =
        run(
            launcher,
            Map.of("SOCKBROKER_JAVA_HOME", old.toString(), "JAVA_HOME", javaHome()),
            "--version");

    assertThat(result.orFail().out()).startsWith("sockbroker ");
  }

  @Test
  void shouldReadNamesAsTheyAreWrittenWhateverTheLocaleIs() throws Exception {
    String line = launcher + " list --state $(printf '\\303\\266')";

    Program.Result result = run(Path.of("/bin/bash"), Map.of("LC_ALL", "C"), "-c", line);

    assertThat(result.err()).contains("'ö' is not a state");
  }

  @Test
  void shouldGiveTheProgramOfExecTheLocaleOfItsCaller() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      String exec =
          launcher + " exec --open $(printf '\\303\\266')=tcp-listen:127.0.0.1:0 -- /usr/bin/env";
      Map<String, String> socket = Map.of("SOCKBROKER_SOCKET", broker.socket().toString());
      Path bash = Path.of("/bin/bash");

      String with = run(bash, socket, "-c", "LC_ALL=C " + exec).orFail().out();
      String without = run(bash, socket, "-c", "unset LC_ALL; " + exec).orFail().out();

      assertThat(with).contains("LISTEN_FDNAMES=ö\n").contains("LC_ALL=C\n");
      assertThat(without).contains("LISTEN_FDNAMES=ö\n").doesNotContain("LC_ALL=");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "exec"})
  void shouldFitHelpToTheTerminal(String command) throws Exception {
    Needs.programs("script");
    Map<String, String> terminal = Map.of("COLUMNS", "70", "TERM", "xterm", "NO_COLOR", "");
    String line = launcher + " " + command + " --help";

    Program.Result result =
        run(Path.of("/usr/bin/script"), terminal, "-qec", line, "/dev/null").orFail();

    assertThat(result.out()).contains("\033[1m");
    assertThat(result.out().replaceAll("\033\\[[0-9;]*m", "").lines())
        .hasSizeGreaterThan(20)
        .allMatch(it -> it.length() <= 70);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"})
  void shouldKeepOptionsForJavaFromCommands(String variable) throws Exception {
    Program.Result with = run(launcher, Map.of(variable, agent()), "--version").orFail();
    Program.Result without = run(launcher, Map.of(), "--version").orFail();

    assertThat(List.of(with.err(), without.err())).containsOnly("");
    assertThat(agentLoads()).isEmpty();
  }

  @Test
  void shouldStayQuietWhereTheCacheDoesNotFit() throws Exception {
    Map<String, String> options =
        Map.of("SOCKBROKER_JAVA_OPTS", agent() + " --add-opens=java.base/java.lang=ALL-UNNAMED");
    Program.Result result = run(launcher, options, "--version").orFail();

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).startsWith("sockbroker ").hasLineCount(1);
    assertThat(agentLoads()).hasSize(1);
  }

  @Test
  void shouldKeepOptionsForJavaForTheProgramOfExec() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      Map<String, String> options =
          Map.of(
              "SOCKBROKER_SOCKET",
              broker.socket().toString(),
              "JAVA_TOOL_OPTIONS",
              agent(),
              "_JAVA_OPTIONS",
              "-Da=b  c",
              "JDK_JAVA_OPTIONS",
              "");
      String open = "web=tcp-listen:127.0.0.1:0";

      Program.Result result =
          run(launcher, options, "exec", "--open", open, "--", "/usr/bin/env").orFail();

      assertThat(result.err()).isEmpty();
      assertThat(result.out().lines())
          .contains("JAVA_TOOL_OPTIONS=" + agent(), "_JAVA_OPTIONS=-Da=b  c", "JDK_JAVA_OPTIONS=")
          .noneMatch(line -> line.startsWith("SOCKBROKER_CALLER"));
      assertThat(agentLoads()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "SOCKBROKER_JAVA_OPTS"})
  void shouldGiveTheBrokerItsOptions(String variable) throws Exception {
    Path wrong = Path.of("/proc/nowhere/broker.sock");

    Program.Result result =
        run(launcher, Map.of(variable, agent()), "serve", "--socket", wrong.toString());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(agentLoads()).hasSize(1);
  }

  @Test
  void shouldNameTheVariableWhoseOptionsTheJvmRefuses() throws Exception {
    Program.Result result = run(launcher, Map.of("SOCKBROKER_JAVA_OPTS", "-Xnothing"), "--version");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("sockbroker: the JVM does not start with SOCKBROKER_JAVA_OPTS=-Xnothing\n");
  }

  /** The option that loads an agent, which writes a line in every JVM that loads it. */
  private String agent() throws IOException {
    Path jar = prefix.resolve("agent.jar");
    if (!Files.exists(jar)) {
      NotingAgent.pack(jar);
    }
    return "-javaagent:" + jar + "=" + prefix.resolve("agent.loads");
  }

  private List<String> agentLoads() throws IOException {
    Path loads = prefix.resolve("agent.loads");
    return Files.exists(loads) ? Files.readAllLines(loads) : List.of();
  }

  @Test
  void shouldSayThatTheJarIsMissing() throws Exception {
    Files.delete(jar());

    Program.Result result = run(launcher, Map.of(), "list");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(jar().toString());
  }

  private Path jar() {
    return lib.resolve("sockbroker.jar");
  }

  private List<Path> caches() throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(it -> it.toString().endsWith(".aot")).toList();
    }
  }

  /** Waits until the background work has ended, because the directory is deleted after the test. */
  private void awaitEndOfMaking() {
    await()
        .atMost(DEADLINE)
        .until(
            () -> {
              try (Stream<Path> files = Files.list(lib)) {
                return files.count() == 3;
              }
            });
  }

  /** The stub of a runtime records nothing, but it takes the lock for that in the background. */
  private void awaitNoCacheIsMade() {
    await()
        .atMost(DEADLINE)
        .until(() -> Program.run(List.of("flock", "-n", lib.toString(), "true")).exitCode() == 0);
  }

  private static String javaHome() {
    return System.getProperty("java.home");
  }

  private static Program.Result run(Path program, Map<String, String> more, String... arguments)
      throws IOException, InterruptedException {
    Map<String, String> environment = new HashMap<>(Map.of("SOCKBROKER_JAVA_HOME", javaHome()));
    environment.putAll(more);
    return Program.run(
        environment, Stream.concat(Stream.of(program.toString()), Stream.of(arguments)).toList());
  }
}
