package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Relay;
import dev.sockbroker.system.contract.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An installed broker on a machine that lacks memory, files, threads, or room for temporary files.
 * It serves within the limits, or refuses to start with a message that explains the remedy. After
 * an attack it still serves, or it has ended with a message. It never hangs.
 */
@Timeout(600)
class SmallMachineTest {
  private static final String OPTIONS = "SOCKBROKER_JAVA_OPTS";

  /** A user without other processes, so that all its threads belong to the broker. */
  private static final int USER = 40_000 + (int) (ProcessHandle.current().pid() % 20_000);

  private static final Request NAMED =
      Request.Open.of(Family.INET, SocketType.DGRAM).named("others", 0);

  @TempDir private Path directory;
  private Path program;

  @BeforeEach
  void install() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path script = BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();
    program = Files.createDirectories(directory.resolve("bin")).resolve("sockbroker");
    Path lib = Files.createDirectories(directory.resolve("lib/sockbroker"));
    Files.copy(script, program);
    program.toFile().setExecutable(true, false);
    StartCaches.installJar(lib);
    Path libraries = BrokerProcess.JAR.resolveSibling("native");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(libraries, "*.so")) {
      for (Path library : all) {
        Files.copy(library, lib.resolve(library.getFileName()));
      }
    }
  }

  @Test
  void shouldOutliveOrEndWithLittleMemory() throws Exception {
    withstandAll(Map.of(OPTIONS, "-Xmx64m"), List::of);
  }

  @Test
  void shouldOutliveOrEndWithFewFiles() throws Exception {
    Needs.programs("prlimit");
    withstandAll(Map.of(), () -> List.of("prlimit", "--nofile=64"));
  }

  @Test
  void shouldOutliveOrEndWithFewThreads() throws Exception {
    withstandAll(Map.of(OPTIONS, "-XX:+UseSerialGC"), () -> withThreads(22));
  }

  @Test
  void shouldOutliveOrEndWhereTemporaryFilesHaveNoRoom() throws Exception {
    withstandAll(temporaryDirectory(), () -> withTemporaryDirectory("size=64k,noexec", "fill"));
  }

  @Test
  void shouldLeaveRoomForOthersBesideAGreedyUserWithLittleMemory() throws Exception {
    leaveRoomForOthers(Map.of(OPTIONS, "-Xmx64m"), List.of());
  }

  @Test
  void shouldLeaveRoomForOthersBesideAGreedyUserWithFewFiles() throws Exception {
    Needs.programs("prlimit");
    leaveRoomForOthers(Map.of(), List.of("prlimit", "--nofile=64"));
  }

  private void leaveRoomForOthers(Map<String, String> environment, List<String> wrapper)
      throws Exception {
    User.needs();
    String[] forTheGroup = {"--group", User.MEMBERS + "", "--trust-group"};
    try (ServeProcess broker = start(environment, wrapper, forTheGroup);
        Relay relay = new Relay(directory.resolve("relay.sock"));
        WorkerProcess alice = WorkerProcess.of(User.ALICE, directory, relay, broker.socket());
        WorkerProcess mallory = WorkerProcess.of(User.MALLORY, directory, relay, broker.socket());
        GreedyUser greedy = new GreedyUser(mallory)) {
      greedy.takeAll();

      try (WireClient client = WireClient.over(alice.openSession())) {
        assertThat(client.hello()).isInstanceOf(Reply.Welcome.class);
        long descriptor = client.ask(Reply.Opened.class, NAMED).descriptor();
        long self = client.welcome().session();
        client.ask(Reply.Duplicated.class, Request.Duplicate.toSession(descriptor, self));
      }
      assertThat(broker.lines()).anyMatch(line -> line.contains("limit user-sockets is reached"));
      assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
    }
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

  /** Without an installation, the jar extracts the library, but neither directory takes it. */
  @ParameterizedTest
  @ValueSource(strings = {"noexec", "ro"})
  void shouldRefuseToStartWhereNothingTakesItsNativeLibrary(String mount) throws Exception {
    Path run = Files.createDirectories(directory.resolve("run"));
    Path bare = Files.copy(BrokerProcess.JAR, directory.resolve("sockbroker.jar"));
    List<String> line = new ArrayList<>(mounted(run, mount + ",mode=700", ""));
    line.addAll(List.of(BrokerProcess.JAVA.toString(), "-Djava.io.tmpdir=" + run));
    line.addAll(List.of("-jar", bare.toString()));
    try (ServeProcess broker = ServeProcess.start(directory, Map.of(), line)) {
      assertRefusedToStart(
          broker,
          mount.equals("ro")
              ? "Read-only file system; correct that, or serve at another path"
              : "no directory takes its native library");
    }
  }

  /** The thread that an accept from an exported listener needs (rule 46). */
  @Test
  void shouldRefuseAnAcceptThatNeedsAThreadWhenThereIsNone() throws Exception {
    try (ServeProcess broker = start(Map.of(), withThreads(200));
        Broker session = Broker.connect(broker.socket());
        SharedSocket listener = session.open(SocketSpec.tcpListen("127.0.0.1", 0));
        ExportedSocket _ = listener.exportBlocking();
        SocketChannel _ = SocketChannel.open(listener.localAddress())) {
      limitThreads(broker, 1);
      assertThatThrownBy(() -> listener.accept(Duration.ofSeconds(30)))
          .hasMessageContaining("ENOBUFS")
          .hasMessageContaining("ulimit -u");
      session.ping();

      limitThreads(broker, 200);
      await()
          .ignoreExceptions()
          .untilAsserted(() -> listener.accept(Duration.ofSeconds(30)).close());
      assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
      assertThat(broker.lines()).noneMatch(line -> line.contains("\tat "));
    }
  }

  /**
   * Lookups of host names need threads. Whatever is missing, only the client that asks is refused,
   * each gets an answer, the broker works again when there are threads, and it can be stopped.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  @Timeout(90)
  void shouldRefuseALookupThatNeedsAThreadWhenThereIsNone(int free) throws Exception {
    List<String> names = IntStream.range(0, 100).mapToObj(it -> "host" + it).toList();
    Path hosts = directory.resolve("hosts");
    Files.writeString(
        hosts, names.stream().map(it -> "127.0.0.1 " + it + "\n").collect(Collectors.joining()));
    Iterator<String> unknown = names.iterator();
    Map<String, String> options = Map.of(OPTIONS, "-XX:+UseSerialGC -Djdk.net.hosts.file=" + hosts);
    try (ServeProcess broker = start(options, withThreads(400), withMetrics());
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Broker other = Broker.connect(broker.socket())) {
      for (int round = 0; round < 2; round++) {
        limitThreads(broker, threadsOfUser() + free);
        for (int i = 0; i < 10; i++) {
          assertThat(connect(broker, unknown.next(), server)).isIn("connected", "ENOBUFS");
          other.ping();
        }
        awaitLooks(broker, 3);
        other.ping();
        assertThat(scrape(broker)).isIn(200, 503);

        limitThreads(broker, 400);
        await().until(() -> connect(broker, unknown.next(), server).equals("connected"));
        await().until(() -> scrape(broker) == 200);
      }
      limitThreads(broker, threadsOfUser() + free);
      awaitLooks(broker, 3);
      connect(broker, unknown.next(), server);
      assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
      assertThat(broker.lines()).noneMatch(line -> line.contains("\tat "));
    }
  }

  /** Waits until the watchdog, which is the main thread, has looked so often. */
  private static void awaitLooks(ServeProcess broker, int count) throws IOException {
    long until = sleepsOfMain(broker) + count;
    await().atMost(Duration.ofSeconds(30)).until(() -> sleepsOfMain(broker) >= until);
  }

  /** How often the main thread has gone to sleep. The thread that started it never wakes up. */
  private static long sleepsOfMain(ServeProcess broker) throws IOException {
    long sleeps = 0;
    Path tasks = Path.of("/proc/" + broker.handle().pid() + "/task");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
      for (Path task : all) {
        String status = Files.readString(task.resolve("status"));
        if (status.startsWith("Name:\tjava\n")) {
          sleeps +=
              Long.parseLong(
                  status.replaceAll("(?s).*\nvoluntary_ctxt_switches:\\s+(\\d+).*", "$1"));
        }
      }
    }
    return sleeps;
  }

  private String[] withMetrics() throws IOException {
    Path configuration = directory.resolve("sockbroker.toml");
    Files.writeString(configuration, "[metrics]\nhttp = \"127.0.0.1:0\"\n");
    return new String[] {"--config", configuration.toString()};
  }

  /** Returns the status of the answer. */
  private static int scrape(ServeProcess broker) throws IOException {
    String line =
        broker.lines().stream().filter(it -> it.contains("metrics are at ")).findFirst().get();
    URI metrics = URI.create(line.substring(line.indexOf("http://")));
    HttpURLConnection request = (HttpURLConnection) metrics.toURL().openConnection();
    request.setReadTimeout(10_000);
    return request.getResponseCode();
  }

  /** Returns "connected" or the error. */
  private static String connect(ServeProcess broker, String host, ServerSocket server)
      throws IOException {
    Address named = Address.inet(host, server.getLocalPort());
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      Reply reply = client.ask(Request.Open.of(null, SocketType.STREAM, named, null));
      if (reply instanceof Reply.Opened) {
        server.accept().close();
        return "connected";
      }
      return Errno.name(((Reply.Error) reply).errno());
    }
  }

  /** How many threads the processes of the broker's user have. */
  private static int threadsOfUser() throws IOException {
    int threads = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path it : processes) {
        threads += threadsOfUser(it);
      }
    }
    return threads;
  }

  private static int threadsOfUser(Path process) throws IOException {
    try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
      return Files.getAttribute(process, "unix:uid").equals(USER) ? (int) tasks.count() : 0;
    } catch (NoSuchFileException | UncheckedIOException e) {
      // It has ended.
      return 0;
    }
  }

  private static void limitThreads(ServeProcess broker, int threads) throws Exception {
    String pid = broker.handle().pid() + "";
    Program.run(
            List.of(
                "setpriv",
                "--reuid=" + USER,
                "--clear-groups",
                "prlimit",
                "--pid",
                pid,
                "--nproc=" + threads + ":"))
        .orFail();
  }

  @Test
  void shouldRefuseToStartWhereItsPathHasNoRoom() throws Exception {
    Path run = Files.createDirectories(directory.resolve("run"));
    List<String> wrapper = mounted(run, "size=4k,mode=700", "fill");
    try (ServeProcess broker = start(Map.of(), wrapper)) {
      assertRefusedToStart(broker, "No space left on device");
    }
  }

  /** Runs one attack after the other on one broker, or on a new one if it has ended. */
  private void withstandAll(Map<String, String> environment, Callable<List<String>> wrapper)
      throws Exception {
    Iterator<Attack> attacks = List.of(Attack.values()).iterator();
    while (attacks.hasNext()) {
      try (ServeProcess broker = start(environment, wrapper.call())) {
        assertServes(broker);
        while (attacks.hasNext() && broker.isAlive()) {
          withstand(attacks.next(), broker);
        }
        if (broker.isAlive()) {
          assertThat(broker.terminate()).as(broker.lines().toString()).isZero();
        }
      }
    }
  }

  private static void withstand(Attack attack, ServeProcess broker) throws Exception {
    attack.run(broker.socket());
    awaitPing(broker);
    if (!broker.isAlive()) {
      assertThat(broker.exitCode()).as(attack.name()).isNotZero();
      assertThat(broker.lines())
          .as(attack.name())
          .anyMatch(
              line -> line.contains("cannot continue") || line.contains("Terminating due to"));
    }
    assertThat(broker.lines()).as(attack.name()).noneMatch(line -> line.contains("\tat "));
  }

  private ServeProcess start(
      Map<String, String> environment, List<String> wrapper, String... serveOptions)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SOCKBROKER_JAVA_HOME", System.getProperty("java.home"));
    List<String> line = new ArrayList<>(wrapper);
    line.add(program.toString());
    return ServeProcess.start(directory, all, line, serveOptions);
  }

  private static void assertServes(ServeProcess broker) {
    assertThat(broker.isAlive()).as(broker.lines().toString()).isTrue();
    awaitPing(broker);
    assertThat(broker.isAlive()).as(broker.lines().toString()).isTrue();
  }

  /** Waits until it serves or has ended. Closed sessions may still be ending. */
  private static void awaitPing(ServeProcess broker) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> !broker.isAlive() || isServed(broker.socket()));
  }

  private static boolean isServed(Path socket) throws IOException {
    try (Broker session = Broker.connect(socket)) {
      session.ping();
      return true;
    }
  }

  private static void assertRefusedToStart(ServeProcess broker, String why) throws Exception {
    assertThat(broker.exitCode()).as(broker.lines().toString()).isEqualTo(1);
    // The JVM itself prints two lines.
    assertThat(broker.lines())
        .filteredOn(line -> !line.contains(" INFO "))
        .hasSizeLessThan(3)
        .anyMatch(line -> line.contains(why));
  }

  private Map<String, String> temporaryDirectory() {
    return Map.of(OPTIONS, "-Djava.io.tmpdir=" + directory.resolve("tmp"));
  }

  private List<String> withTemporaryDirectory(String mount, String fill) throws IOException {
    return mounted(Files.createDirectories(directory.resolve("tmp")), mount, fill);
  }

  /** Runs in a separate mount namespace, where that directory is a file system in memory. */
  private static List<String> mounted(Path where, String options, String fill) {
    Needs.programs("unshare", "mount");
    needsRoot();
    String script =
        "mount -t tmpfs -o \"$1\" tmpfs \"$2\" || exit 99; [ -z \"$3\" ] ||"
            + " dd if=/dev/zero of=\"$2/fill\" bs=1k count=1000 2>/dev/null; shift 3; exec \"$@\"";
    return List.of("unshare", "-m", "sh", "-c", script, "sh", options, where.toString(), fill);
  }

  /** Runs as another user who owns the directory of the path, because clients trust the owner. */
  private List<String> withThreads(int threads) throws IOException {
    Needs.programs("setpriv", "prlimit");
    needsRoot();
    Path run = Files.createDirectory(directory.resolve("run"));
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(run, "unix:uid", USER);
    return List.of(
        "setpriv", "--reuid=" + USER, "--clear-groups", "prlimit", "--nproc=" + threads, "--");
  }

  private static void needsRoot() {
    Needs.that("root".equals(System.getProperty("user.name")), "needs to be root");
  }
}
