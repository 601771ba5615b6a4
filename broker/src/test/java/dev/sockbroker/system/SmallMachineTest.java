package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The broker, installed, on a machine that lacks memory, files, threads, or room for temporary
 * files. It serves within what there is, or refuses to start in a line that says what to do. After
 * an attack it serves, or it has ended with a message. It never hangs.
 */
@Timeout(600)
class SmallMachineTest {
  private static final String OPTIONS = "SOCKBROKER_JAVA_OPTS";

  /** A user whom nobody else is, so that its threads are the broker's alone. */
  private static final String USER = "64997";

  @TempDir private Path directory;
  private Path program;

  @BeforeEach
  void install() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path script = BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();
    program = Files.createDirectories(directory.resolve("bin")).resolve("sockbroker");
    Path lib = Files.createDirectories(directory.resolve("lib/sockbroker"));
    Files.copy(script, program);
    program.toFile().setExecutable(true, false);
    Files.copy(BrokerProcess.JAR, lib.resolve("sockbroker.jar"));
    Path libraries = BrokerProcess.JAR.resolveSibling("native");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(libraries, "*.so")) {
      for (Path library : all) {
        Files.copy(library, lib.resolve(library.getFileName()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void shouldOutliveOrEndWithLittleMemory(Attack attack) throws Exception {
    withstand(attack, Map.of(OPTIONS, "-Xmx64m"), List.of());
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void shouldOutliveOrEndWithFewFiles(Attack attack) throws Exception {
    Needs.programs("prlimit");
    withstand(attack, Map.of(), List.of("prlimit", "--nofile=64"));
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void shouldOutliveOrEndWithFewThreads(Attack attack) throws Exception {
    withstand(attack, Map.of(OPTIONS, "-XX:+UseSerialGC"), withThreads(22));
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void shouldOutliveOrEndWhereTemporaryFilesHaveNoRoom(Attack attack) throws Exception {
    withstand(attack, temporaryDirectory(), withTemporaryDirectory("size=64k,noexec", "fill"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"size=64k", "noexec", "ro"})
  void shouldStartWhereverTemporaryFilesGo(String mount) throws Exception {
    List<String> wrapper = withTemporaryDirectory(mount, mount.equals("size=64k") ? "fill" : "");
    try (ServeProcess broker = start(temporaryDirectory(), wrapper)) {
      assertServes(broker);
      assertThat(broker.terminate()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {15, 20, 32})
  void shouldRefuseToStartWithTooFewFiles(int files) throws Exception {
    Needs.programs("prlimit");
    try (ServeProcess broker = start(Map.of(), List.of("prlimit", "--nofile=" + files))) {
      assertRefusedToStart(broker, "open files");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 16, 17, 18, 19, 20, 21})
  void shouldStartAndEndOrRefuseWhateverThreadsThereAre(int threads) throws Exception {
    Map<String, String> options = Map.of(OPTIONS, "-XX:+UseSerialGC");
    try (ServeProcess broker = start(options, withThreads(threads))) {
      if (broker.lines().stream().anyMatch(line -> line.contains(" ready "))) {
        assertServes(broker);
        assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
      } else {
        assertRefusedToStart(broker, "thread");
      }
    }
  }

  @Test
  void shouldRefuseToStartWhereItsPathHasNoRoom() throws Exception {
    Path run = Files.createDirectories(directory.resolve("run"));
    List<String> wrapper = mounted(run, "size=4k,mode=700", "fill");
    try (ServeProcess broker = start(Map.of(), wrapper)) {
      assertRefusedToStart(broker, "No space left on device");
    }
  }

  private void withstand(Attack attack, Map<String, String> environment, List<String> wrapper)
      throws Exception {
    try (ServeProcess broker = start(environment, wrapper)) {
      assertServes(broker);
      attack.run(broker.socket());
      if (broker.isAlive()) {
        assertServes(broker);
        assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
      } else {
        assertThat(broker.exitCode()).isNotZero();
        assertThat(broker.lines())
            .anyMatch(line -> line.contains("cannot go on") || line.contains("Terminating due to"));
      }
      assertThat(broker.lines()).noneMatch(line -> line.contains("\tat "));
    }
  }

  private ServeProcess start(Map<String, String> environment, List<String> wrapper)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SOCKBROKER_JAVA_HOME", System.getProperty("java.home"));
    List<String> line = new ArrayList<>(wrapper);
    line.add(program.toString());
    return ServeProcess.start(directory, all, line);
  }

  private static void assertServes(ServeProcess broker) {
    assertThat(broker.isAlive()).as(broker.lines().toString()).isTrue();
    // Sessions that were closed may still be on their way out.
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> ping(broker.socket()));
  }

  private static void ping(Path socket) throws IOException {
    try (Broker session = Broker.connect(socket)) {
      session.ping();
    }
  }

  private static void assertRefusedToStart(ServeProcess broker, String why) throws Exception {
    assertThat(broker.exitCode()).as(broker.lines().toString()).isEqualTo(1);
    // The JVM itself takes two lines.
    assertThat(broker.lines()).hasSizeLessThan(3).anyMatch(line -> line.contains(why));
  }

  private Map<String, String> temporaryDirectory() {
    return Map.of(OPTIONS, "-Djava.io.tmpdir=" + directory.resolve("tmp"));
  }

  private List<String> withTemporaryDirectory(String mount, String fill) throws IOException {
    return mounted(Files.createDirectories(directory.resolve("tmp")), mount, fill);
  }

  /** In a mount namespace of its own, where that directory is a file system of memory. */
  private static List<String> mounted(Path where, String options, String fill) {
    Needs.programs("unshare", "mount");
    needsRoot();
    String script =
        "mount -t tmpfs -o \"$1\" tmpfs \"$2\" || exit 99; [ -z \"$3\" ] ||"
            + " dd if=/dev/zero of=\"$2/fill\" bs=1k count=1000 2>/dev/null; shift 3; exec \"$@\"";
    return List.of("unshare", "-m", "sh", "-c", script, "sh", options, where.toString(), fill);
  }

  private static List<String> withThreads(int threads) {
    Needs.programs("setpriv", "prlimit");
    needsRoot();
    return List.of(
        "setpriv", "--reuid", USER, "--clear-groups", "prlimit", "--nproc=" + threads, "--");
  }

  private static void needsRoot() {
    Needs.that("root".equals(System.getProperty("user.name")), "needs to be root");
  }
}
