package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher stays while a broker serves, so that its caller keeps its process. */
class LaunchedServeTest {
  private static final Path LAUNCHER =
      BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();

  /** With the signals of a login, even if the test's caller ignores some. */
  private static final List<String> LOGIN = List.of("env", "--default-signal");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void shouldStopTheBrokerOn(String signal) throws Exception {
    try (ServeProcess broker = start(LOGIN, LAUNCHER)) {
      send(signal, launcher(broker));

      assertThat(broker.exitCode()).isZero();
      assertThat(broker.lines()).last().asString().endsWith("stopped");
      assertThat(broker.socket().getParent()).isEmptyDirectory();
    }
  }

  @Test
  void shouldPassAHangupOnToTheBroker() throws Exception {
    try (ServeProcess broker = start(LOGIN, LAUNCHER)) {
      send("HUP", launcher(broker));

      broker.awaitLine("SIGHUP is ignored");
      assertThat(broker.terminate()).isZero();
    }
  }

  /** As nohup(1) does. */
  @Test
  void shouldIgnoreAHangupThatItWasStartedToIgnore() throws Exception {
    try (ServeProcess broker = start(List.of("env", "--ignore-signal=HUP"), LAUNCHER)) {
      send("HUP", launcher(broker));
      send("TERM", launcher(broker));

      assertThat(broker.exitCode()).isZero();
      assertThat(broker.lines()).noneMatch(line -> line.contains("SIGHUP"));
    }
  }

  @Test
  void shouldSayHowTheBrokerWasKilled() throws Exception {
    try (ServeProcess broker = start(LOGIN, LAUNCHER, "--keep=none")) {
      broker.handle().destroyForcibly();

      assertThat(broker.exitCode()).isEqualTo(128 + 9);
      assertThat(broker.lines()).last().isEqualTo("sockbroker: the broker was ended by SIGKILL");
    }
  }

  @Test
  void shouldNotLeaveABrokerBehindWhenItIsKilled() throws Exception {
    try (ServeProcess broker = start(LOGIN, LAUNCHER)) {
      ProcessHandle jvm = broker.handle();
      launcher(broker).destroyForcibly();

      broker.awaitLine("has ended, so the broker stops");
      broker.awaitLine("stopped");
      jvm.onExit().get(30, SECONDS);
      assertThat(broker.socket().getParent()).isEmptyDirectory();
    }
  }

  @Test
  void shouldStopIfItsLauncherHasEndedAlready() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Map<String, String> environment = Map.of("SOCKBROKER_LAUNCHER_PID", ended.pid() + "");

    try (ServeProcess broker = ServeProcess.start(directory, environment, ServeProcess.jar())) {
      assertThat(broker.exitCode()).isZero();
      assertThat(broker.lines()).last().asString().endsWith("stopped");
    }
  }

  /** As in a container: it gets signals, and the orphans of the container become its children. */
  @Test
  void shouldBeTheFirstProcessOfAContainer() throws Exception {
    Needs.that(User.isRoot(), "needs root, for a pid namespace");
    Needs.programs("unshare", "nsenter");
    try (ServeProcess broker =
        start(List.of("unshare", "--pid", "--fork", "--mount-proc"), LAUNCHER)) {
      ProcessHandle launcher = launcher(broker);
      String orphan = "for i in 1 2 3; do (sleep 0 &); done";
      String pid = launcher.pid() + "";
      Program.run(List.of("nsenter", "-t", pid, "-p", "-m", "sh", "-c", orphan)).orFail();

      await().atMost(30, SECONDS).until(() -> launcher.children().count() == 1);
      send("TERM", launcher);

      assertThat(broker.exitCode()).isZero();
    }
  }

  /**
   * A build and an update replace the jar and the libraries. The broker still loads classes.
   *
   * @param caches whether the broker starts from a cache; without it, it loads all classes later
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldServeFromItsJarWhileABuildReplacesIt(boolean caches) throws Exception {
    Path target = copyCheckout(caches);
    try (ServeProcess broker = start(LOGIN, directory.resolve("scripts/sockbroker"))) {
      // as 'mvn clean', and then as the first step of the next build
      try (DirectoryStream<Path> files = Files.newDirectoryStream(target)) {
        for (Path file : files) {
          if (Files.isRegularFile(file)) {
            Files.delete(file);
          }
        }
      }
      Files.writeString(target.resolve("sockbroker.jar"), "another jar");

      Command command = Command.to(broker.socket());
      for (String line :
          List.of(
              "open --name web --retain 1m tcp-listen:127.0.0.1:0",
              "open --name datagrams --retain 1m udp:127.0.0.1:0",
              "set web SO_RCVBUF 100000",
              "show web",
              "sessions",
              "list",
              "ping -c 1",
              "close web")) {
        assertThat(command.run(line.split(" ")))
            .as(line)
            .satisfies(result -> assertThat(result.exitCode()).as(result + "").isZero());
      }
      assertThat(broker.terminate()).isZero();
      assertThat(broker.lines()).allMatch(line -> line.matches("[-0-9T:.]+Z INFO .*"));
    }
  }

  /** Returns the directory with the build. */
  private Path copyCheckout(boolean caches) throws IOException {
    Path target = Files.createDirectories(directory.resolve("broker/target"));
    Files.createFile(directory.resolve("pom.xml"));
    Files.copy(
        LAUNCHER,
        Files.createDirectory(directory.resolve("scripts")).resolve("sockbroker"),
        StandardCopyOption.COPY_ATTRIBUTES);
    StartCaches.installJar(target);
    if (!caches) {
      for (Path cache : List.of(StartCaches.ofCommands(), StartCaches.ofServe())) {
        Files.writeString(target.resolve(cache.getFileName()), "this is no cache");
      }
    }
    return target;
  }

  /** Where a service manager or a running broker knows the broker by its pid. */
  @ParameterizedTest
  @ValueSource(strings = {"NOTIFY_SOCKET", "SOCKBROKER_TAKE_OVER", "SOCKBROKER_OTHER"})
  void shouldBecomeTheBrokerWhereItsPidMatters(String variable) throws Exception {
    Map<String, String> environment =
        Map.of(variable, "/run/x", "JVM", "echo pid $$ ready", "SOCKBROKER_LAUNCHER_PID", "7");
    Process launcher = launchStub(environment);
    String out = new String(launcher.getInputStream().readAllBytes());

    assertThat(launcher.waitFor()).isZero();
    assertThat(out.equals("pid " + launcher.pid() + " ready\n"))
        .isEqualTo(!variable.equals("SOCKBROKER_OTHER"));
  }

  /** The broker ends with 0 after it has handed over, and its lock passes to its successor. */
  @ParameterizedTest
  @CsvSource({"cleanly, 0", "after a signal, 70", "in a crash, 70"})
  void shouldWaitForTheSuccessorThatEnds(String how, int exitCode) throws Exception {
    Needs.programs("flock");
    Path lock = directory.resolve("broker.sock.lock");
    Process launcher = launchStub(handOver(lock, "env"));
    await().atMost(30, SECONDS).until(() -> launcher.children().anyMatch(LaunchedServeTest::waits));
    ProcessHandle successor = successor(lock);

    switch (how) {
      case "cleanly" -> {
        Files.delete(lock);
        successor.destroy();
      }
      // this stand-in leaves its lock file
      case "after a signal" -> launcher.destroy();
      case "in a crash" -> successor.destroyForcibly();
      default -> throw new AssertionError(how);
    }

    assertThat(launcher.waitFor(30, SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(exitCode);
    successor.onExit().get(30, SECONDS);
    assertThat(Files.exists(lock)).isEqualTo(exitCode != 0);
  }

  /** Somebody else's broker, started right after the end of this one. */
  @Test
  void shouldNotWaitForABrokerThatIsNoSuccessor() throws Exception {
    Needs.programs("flock");
    Path lock = directory.resolve("broker.sock.lock");
    Process launcher = launchStub(handOver(lock, "env -u SOCKBROKER_LAUNCHER_PID"));
    try {
      assertThat(launcher.waitFor(30, SECONDS)).isTrue();
      assertThat(launcher.exitValue()).isZero();
      assertThat(successor(lock).isAlive()).isTrue();
    } finally {
      successor(lock).destroyForcibly();
    }
  }

  /** A successor that crashes before the launcher has seen it. */
  @Test
  void shouldSayThatTheSuccessorCrashedAtOnce() throws Exception {
    Needs.programs("flock");
    Path lock = directory.resolve("broker.sock.lock");
    Process launcher = launchStub(Map.of("JVM", "echo 1 >'" + lock + "'"));

    assertThat(launcher.waitFor(30, SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(70);
  }

  /** Whether a child waits for the end of the successor, unlike one that only tries the lock. */
  private static boolean waits(ProcessHandle child) {
    List<String> arguments = List.of(child.info().arguments().orElse(new String[0]));
    return child.info().command().orElse("").endsWith("/flock")
        && !arguments.contains("--nonblock");
  }

  private static ProcessHandle successor(Path lock) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(lock).strip())).orElseThrow();
  }

  /**
   * The program of a JVM that starts a successor with its lock. It waits until the successor runs,
   * as a broker does.
   *
   * @param env the program that starts the successor
   */
  private static Map<String, String> handOver(Path lock, String env) {
    String program =
        ("exec 9>>LOCK; flock 9; ENV sleep infinity >/dev/null 2>&1 & echo $! >LOCK; "
                + "until grep -qs ^sleep /proc/$!/cmdline; do sleep 0.01; done")
            .replace("LOCK", "'" + lock + "'")
            .replace("ENV", env);
    return Map.of("JVM", program);
  }

  /** Starts the launcher of an installation with a program of the shell in place of the JVM. */
  private Process launchStub(Map<String, String> environment) throws IOException {
    return StubLauncher.start(directory, environment).process();
  }

  private ServeProcess start(List<String> wrapper, Path launcher, String... options)
      throws Exception {
    StartCaches.ofServe();
    Map<String, String> environment = new HashMap<>(Installation.JDK);
    // without a terminal's meaning of SIGHUP
    environment.put("INVOCATION_ID", "test");
    List<String> line = Stream.concat(wrapper.stream(), Stream.of(launcher.toString())).toList();
    return ServeProcess.start(directory, environment, line, options);
  }

  private static ProcessHandle launcher(ServeProcess broker) {
    return broker.handle().parent().orElseThrow();
  }

  private static void send(String signal, ProcessHandle to) throws Exception {
    Needs.programs("kill");
    Program.run(List.of("kill", "-" + signal, to.pid() + "")).orFail();
  }
}
