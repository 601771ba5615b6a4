package dev.sockbroker.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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

  private static final long DEADLINE_SECONDS = 30;

  private final Path directory;
  private final Process process;
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch ready = new CountDownLatch(1);

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

  /** Starts a broker in a JVM with this much heap and buffer memory. */
  static BrokerProcess startWithHeap(String size, String... options) throws IOException {
    return new BrokerProcess(
        Files.createTempDirectory("sockbroker-test"),
        List.of("env", "JDK_JAVA_OPTIONS=-Xmx" + size),
        JAR,
        options);
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

  private BrokerProcess(Path directory, List<String> launcher, Path jar, String... options)
      throws IOException {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(JAR + " is missing: system tests run after 'package'");
    }
    this.directory = directory;
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of(JAVA.toString(), "-ea:dev.sockbroker..."));
    command.addAll(StartCaches.options(StartCaches.ofServe()));
    command.addAll(List.of("-jar", jar.toString(), "serve", "--socket", socket() + ""));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    Thread reader = new Thread(this::readLog, "stderr of broker " + process.pid());
    reader.setDaemon(true);
    reader.start();
    awaitReady();
  }

  /** The path at which it listens. */
  public Path socket() {
    return directory.resolve("run/broker.sock");
  }

  public long pid() {
    return process.pid();
  }

  public Process process() {
    return process;
  }

  /** kill(1) with that signal: STOP, CONT, HUP, ... */
  public void signal(String name) throws IOException, InterruptedException {
    Needs.programs("kill");
    Program.run(List.of("kill", "-" + name, "" + pid())).orFail();
  }

  /** The lines that it has written to stderr so far. */
  public List<String> log() {
    synchronized (log) {
      return List.copyOf(log);
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

  /** Ends it with SIGTERM. Returns its exit code. */
  public int stop() {
    process.destroy();
    if (!ended()) {
      process.destroyForcibly();
      throw new AssertionError("the broker did not end after SIGTERM; its log: " + log());
    }
    List<String> log = log();
    if (log.stream().anyMatch(line -> line.contains(AssertionError.class.getName()))) {
      throw new AssertionError("an assertion of the broker has failed: " + log);
    }
    return process.exitValue();
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
    boolean inTime;
    try {
      inTime = ready.await(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      inTime = false;
    }
    if (!inTime || !process.isAlive()) {
      process.destroyForcibly();
      throw new AssertionError("the broker is not ready; its log: " + log());
    }
  }

  private void readLog() {
    try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        log.add(line);
        if (line.contains("ready")) {
          ready.countDown();
        }
      }
    } catch (IOException e) {
      log.add("stderr could not be read: " + e);
    } finally {
      // the process has ended, so waiting threads must continue
      ready.countDown();
    }
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
