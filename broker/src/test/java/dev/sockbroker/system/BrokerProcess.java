package dev.sockbroker.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A broker as users run it: the real jar in a separate process, on a socket in a new directory. It
 * is ready when the constructor returns. {@link #close} ends it with SIGTERM and asserts that it
 * ended.
 */
public final class BrokerProcess implements AutoCloseable {
  /** Set by the build. Without it, the tests run in the module's directory. */
  static final Path JAR =
      Path.of(System.getProperty("sockbroker.jar", "target/sockbroker.jar")).toAbsolutePath();

  /** The JDK that runs the test. */
  static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  /** Whether the JVM optimizes the broker's code, as in use. */
  private static final boolean OPTIMIZES =
      Boolean.parseBoolean(System.getProperty("broker.optimizes", "true"));

  private static final long DEADLINE_SECONDS = 30;

  /** On a busy machine. */
  private static final long UPGRADE_SECONDS = 120;

  private final Path directory;
  private final Process process;

  /**
   * A file and not a pipe, because the brokers of later upgrades write to it as well: at the end of
   * a process the JDK reads its pipes to their ends, on a thread that many futures need.
   */
  private final Path log;

  /**
   * Starts a broker and waits until it is ready.
   *
   * @param options of {@code serve}, in addition to {@code --socket}
   */
  public static BrokerProcess start(String... options) {
    try {
      return new BrokerProcess(
          Files.createTempDirectory("sockbroker-test"), List.of(), JAR, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a broker in the directory of a previous one, which is deleted with it.
   *
   * @param options of {@code serve}, in addition to {@code --socket}
   */
  public static BrokerProcess startAt(Path directory, String... options) {
    try {
      return new BrokerProcess(Files.createDirectories(directory), List.of(), JAR, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Likewise, with a program that runs it.
   *
   * @param java the program, and JVM options
   */
  static BrokerProcess startAt(Path directory, List<String> java, String... options)
      throws IOException {
    return new BrokerProcess(Files.createDirectories(directory), List.of(), java, JAR, options);
  }

  /** Starts a broker in a JVM with this much heap and buffer memory. */
  static BrokerProcess startWithHeap(String size, String... options) throws IOException {
    return new BrokerProcess(
        Files.createTempDirectory("sockbroker-test"),
        List.of("env", "JDK_JAVA_OPTIONS=-Xmx" + size),
        JAR,
        options);
  }

  /**
   * Starts a broker that knows only these hosts.
   *
   * @param hosts as in hosts(5)
   */
  static BrokerProcess startKnowing(String hosts, String... options) throws IOException {
    Path directory = Files.createTempDirectory("sockbroker-test");
    Path file = Files.writeString(directory.resolve("hosts"), hosts);
    return new BrokerProcess(directory, knowing(file), JAR, options);
  }

  /** The JDK reads the file again for every lookup that it has not cached. */
  private static List<String> knowing(Path hosts) {
    return List.of("env", "JDK_JAVA_OPTIONS=-Djdk.net.hosts.file=" + hosts);
  }

  /**
   * Starts a broker as another user, that knows only these hosts.
   *
   * @param hosts a file as in hosts(5)
   */
  static BrokerProcess startKnowing(
      Path hosts, User user, Path jar, Path directory, String... options) throws IOException {
    List<String> launcher = new ArrayList<>(knowing(hosts));
    launcher.addAll(user.run(List.of()));
    return new BrokerProcess(directory, launcher, jar, options);
  }

  /**
   * Starts a broker as another user.
   *
   * @param jar a jar that this user can read
   * @param directory a directory of this user
   */
  static BrokerProcess startAs(User user, Path jar, Path directory, String... options)
      throws IOException {
    return new BrokerProcess(directory, user.run(List.of()), jar, options);
  }

  /** Starts a broker where /proc shows each user only its own processes. */
  static BrokerProcess startWithHiddenProcesses(User user, Path jar, Path directory)
      throws IOException {
    List<String> launcher = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c"));
    launcher.add("mount -t proc -o hidepid=2 proc /proc && exec \"$@\"");
    launcher.add("sh");
    launcher.addAll(user.run(List.of()));
    return new BrokerProcess(directory, launcher, jar);
  }

  /**
   * Starts a broker that another program than the JDK's java runs, also at an upgrade.
   *
   * @param java the program, and JVM options
   */
  static BrokerProcess startBy(List<String> java, Path jar, String... options) throws IOException {
    return new BrokerProcess(
        Files.createTempDirectory("sockbroker-test"), List.of(), java, jar, options);
  }

  private BrokerProcess(Path directory, List<String> launcher, Path jar, String... options)
      throws IOException {
    this(directory, launcher, List.of(JAVA.toString()), jar, options);
  }

  private BrokerProcess(
      Path directory, List<String> launcher, List<String> java, Path jar, String[] options)
      throws IOException {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(JAR + " is missing: system tests run after 'package'");
    }
    this.directory = directory;
    List<String> command = new ArrayList<>(launcher);
    command.addAll(java);
    command.add("-ea:dev.sockbroker...");
    if (!OPTIMIZES) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.addAll(StartCaches.options(StartCaches.ofServe()));
    command.addAll(List.of("-jar", jar.toString(), "serve", "--socket", socket() + ""));
    command.addAll(List.of(options));
    log = Files.createTempFile("broker", ".log");
    log.toFile().deleteOnExit();
    process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(log.toFile())
            .start();
    awaitReady();
  }

  /** The path at which it listens. */
  public Path socket() {
    return directory.resolve("run/broker.sock");
  }

  /** The pid of the broker that serves now, which is another one after an upgrade. */
  public long pid() {
    return process.isAlive() ? process.pid() : successor().map(ProcessHandle::pid).orElse(-1L);
  }

  /**
   * Upgrades it to the same jar and waits for the end of the former process.
   *
   * @return what the command has written
   */
  public String upgrade() throws IOException, InterruptedException {
    ProcessHandle former = ProcessHandle.of(pid()).orElseThrow();
    Command.Result result =
        Command.to(socket()).within(UPGRADE_SECONDS).run("upgrade", "--timeout=10s");
    if (result.exitCode() != 0) {
      throw new AssertionError(result + "; the broker's log: " + log());
    }
    former.onExit().join();
    return result.out();
  }

  /** The broker that has taken over from the process that was started, if it is alive. */
  private Optional<ProcessHandle> successor() {
    try {
      long pid =
          Long.parseLong(Files.readString(directory.resolve("run/broker.sock.lock")).strip());
      return ProcessHandle.of(pid).filter(it -> pid != process.pid());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The pid of the broker that has taken over, even if the former one has not ended yet. */
  long successorPid() {
    return successor().map(ProcessHandle::pid).orElse(-1L);
  }

  /** The directory that has its socket. */
  Path directory() {
    return directory;
  }

  public Process process() {
    return process;
  }

  /** kill(1) with that signal: STOP, CONT, HUP, ... */
  public void signal(String name) throws IOException, InterruptedException {
    Needs.programs("kill");
    Program.run(List.of("kill", "-" + name, "" + pid())).orFail();
  }

  /** The lines that it and its successors have written to stderr so far. */
  public List<String> log() {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number of file descriptors that the process has open. */
  public int fdCount() {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      return (int) fds.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The memory of the process in bytes (VmRSS, proc(5)). */
  public long residentBytes() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
      String line = lines.filter(it -> it.startsWith("VmRSS:")).findFirst().orElseThrow();
      return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it with SIGTERM. Returns its exit code, or 0 after an upgrade. */
  public int stop() {
    Optional<ProcessHandle> successor = successor();
    successor.ifPresent(ProcessHandle::destroy);
    process.destroy();
    if (!ended() || !successor.map(BrokerProcess::ended).orElse(true)) {
      process.destroyForcibly();
      successor.ifPresent(ProcessHandle::destroyForcibly);
      throw new AssertionError("the broker did not end after SIGTERM; its log: " + log());
    }
    checkAssertions();
    return process.exitValue();
  }

  /** Ends it with SIGKILL. */
  public void kill() {
    ProcessHandle serving = ProcessHandle.of(pid()).orElseThrow();
    serving.destroyForcibly();
    if (!ended(serving)) {
      throw new AssertionError("the broker did not end after SIGKILL");
    }
    checkAssertions();
  }

  private void checkAssertions() {
    List<String> log = log();
    if (log.stream().anyMatch(line -> line.contains(AssertionError.class.getName()))) {
      throw new AssertionError("an assertion of the broker has failed: " + log);
    }
  }

  private static boolean ended(ProcessHandle handle) {
    try {
      handle.onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private boolean ended() {
    try {
      return process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } finally {
      deleteDirectory();
    }
  }

  private void awaitReady() {
    try {
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(Duration.ofSeconds(DEADLINE_SECONDS))
          .until(() -> isReady() || !process.isAlive());
    } catch (ConditionTimeoutException e) {
      process.destroyForcibly();
    }
    if (!isReady() || !process.isAlive()) {
      throw new AssertionError("the broker is not ready; its log: " + log());
    }
  }

  private boolean isReady() {
    return log().stream().anyMatch(line -> line.contains("ready"));
  }

  private void deleteDirectory() {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
