package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A broker that may fail at start or later. Its output on both streams is recorded. */
final class ServeProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final Path directory;
  private final Process process;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch readyOrEnded = new CountDownLatch(1);
  private final CountDownLatch streamsEnded = new CountDownLatch(2);

  /**
   * Starts it and waits until it is ready or has ended.
   *
   * @param program and its first arguments; {@code serve --socket PATH} follows
   * @param serveOptions further options
   */
  static ServeProcess start(
      Path directory, Map<String, String> environment, List<String> program, String... serveOptions)
      throws IOException, InterruptedException {
    return new ServeProcess(directory, environment, program, serveOptions);
  }

  /** The jar on the tests' JDK, with options of the JVM. */
  static List<String> jar(String... options) {
    List<String> line = new ArrayList<>(List.of(BrokerProcess.JAVA.toString()));
    line.addAll(StartCaches.options(StartCaches.ofServe()));
    line.addAll(List.of(options));
    line.addAll(List.of("-jar", BrokerProcess.JAR.toString()));
    return line;
  }

  private ServeProcess(
      Path directory, Map<String, String> environment, List<String> program, String... serveOptions)
      throws IOException, InterruptedException {
    this.directory = directory;
    List<String> line = new ArrayList<>(program);
    line.addAll(List.of("serve", "--socket", socket().toString()));
    line.addAll(List.of(serveOptions));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(environment);
    process = builder.start();
    process.getOutputStream().close();
    read(process.getInputStream());
    read(process.getErrorStream());
    if (!readyOrEnded.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("neither ready nor ended: " + lines);
    }
  }

  private void read(InputStream stream) {
    Thread reader = new Thread(() -> readLines(stream), "output of " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  private void readLines(InputStream stream) {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      reader.lines().forEach(this::onLine);
    } catch (IOException | UncheckedIOException e) {
      lines.add("its output could not be read: " + e);
    } finally {
      streamsEnded.countDown();
      readyOrEnded.countDown();
    }
  }

  private void onLine(String line) {
    lines.add(line);
    if (line.contains(" ready ")) {
      readyOrEnded.countDown();
    }
  }

  Path socket() {
    return directory.resolve("run/broker.sock");
  }

  /** The process of the broker itself, even if a wrapper runs it as a child. */
  ProcessHandle handle() {
    return process
        .descendants()
        .filter(it -> !isHolder(it))
        .reduce((first, last) -> last)
        .orElse(process.toHandle());
  }

  /** Whether it is the child of a broker that keeps its files open. */
  private static boolean isHolder(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/comm"))
          .equals("sockbroker-keep\n");
    } catch (IOException e) {
      // It has ended.
      return false;
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Waits for a line with this text. */
  void awaitLine(String part) {
    await()
        .atMost(Duration.ofSeconds(DEADLINE_SECONDS))
        .until(() -> lines().stream().anyMatch(line -> line.contains(part)));
  }

  /** Waits for the expected end. Returns the exit code. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not end: " + lines);
    }
    streamsEnded.await(DEADLINE_SECONDS, TimeUnit.SECONDS);
    return process.exitValue();
  }

  /** Sends SIGTERM and waits for the end. */
  int terminate() throws InterruptedException {
    handle().destroy();
    return exitCode();
  }

  @Override
  public void close() throws IOException {
    handle().destroyForcibly();
    process.destroyForcibly();
    process.onExit().join();
    if (Files.exists(socket().getParent())) {
      try (Stream<Path> files = Files.walk(socket().getParent())) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
