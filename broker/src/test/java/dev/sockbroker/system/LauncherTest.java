package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
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
  private static final Duration DEADLINE = Duration.ofSeconds(60);

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
    Files.copy(BrokerProcess.JAR, jar());
  }

  @Test
  void shouldStartThroughALinkFromAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(prefix.resolve("link"), launcher);

    assertThat(run(link, Map.of(), "--version").orFail().out()).startsWith("sockbroker ");
    awaitCache();
  }

  @Test
  void shouldMakeACacheInTheBackgroundThatBelongsToThisVeryJar() throws Exception {
    run(launcher, Map.of(), "--version").orFail();
    Path first = awaitCache();

    // the same size but another time means another jar
    Files.setLastModifiedTime(jar(), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    run(launcher, Map.of(), "--version").orFail();

    await().atMost(DEADLINE).until(() -> caches().size() == 1 && !caches().contains(first));
    awaitCache();
  }

  @Test
  void shouldWriteNothingOfTheJvmToStdoutIfTheCacheIsBroken() throws Exception {
    run(launcher, Map.of(), "--version").orFail();
    Files.writeString(awaitCache(), "this is no cache");

    Program.Result result = run(launcher, Map.of(), "--version").orFail();

    assertThat(result.out()).startsWith("sockbroker ").hasLineCount(1);
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
    awaitCache();
  }

  @Test
  void shouldReadNamesAsTheyAreWrittenWhateverTheLocaleIs() throws Exception {
    String line = launcher + " list --state $(printf '\\303\\266')";

    Program.Result result = run(Path.of("/bin/bash"), Map.of("LC_ALL", "C"), "-c", line);

    assertThat(result.err()).contains("'ö' is not a state");
    awaitCache();
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
    awaitCache();
  }

  /** The way in which a user enables a profiler or tracer for all Java programs. */
  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"})
  void shouldKeepOptionsForJavaFromCommandsAndTheirCache(String variable) throws Exception {
    Map<String, String> options = Map.of(variable, agent());

    Program.Result first = run(launcher, options, "--version").orFail();
    awaitCache();
    Program.Result with = run(launcher, options, "--version").orFail();
    Program.Result without = run(launcher, Map.of(), "--version").orFail();

    assertThat(List.of(first.err(), with.err(), without.err())).containsOnly("");
    assertThat(agentLoads()).isEmpty();
  }

  @Test
  void shouldStayQuietWhereTheCacheDoesNotFit() throws Exception {
    run(launcher, Map.of(), "--version").orFail();
    awaitCache();

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
    awaitCache();
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

  /**
   * Also waits until the background work has ended, because the directory is deleted after the
   * test.
   */
  private Path awaitCache() {
    await().atMost(DEADLINE).until(() -> caches().size() == 1);
    await()
        .atMost(DEADLINE)
        .until(
            () -> {
              try (Stream<Path> files = Files.list(lib)) {
                return files.count() == 2;
              }
            });
    try {
      return caches().getFirst();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
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
