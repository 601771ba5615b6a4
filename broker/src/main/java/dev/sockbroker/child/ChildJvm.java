package dev.sockbroker.child;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A JVM from the same jar. It ends with the process that started it, however that process ends. */
public final class ChildJvm implements Closeable {
  /** Options for a short life: start quickly and do not optimize. */
  public static final List<String> QUICK =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String END = "(end of output)";

  private final String name;
  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Thread killer;
  private String last = "none";

  /**
   * Starts a JVM.
   *
   * @param name for messages
   * @param options of the JVM
   * @param mainClass on this JVM's class path
   */
  public static ChildJvm start(
      String name, List<String> options, Class<?> mainClass, String... arguments)
      throws IOException {
    return start(name, List.of(), options, mainClass, arguments);
  }

  /**
   * Starts a JVM through another program.
   *
   * @param wrapper a program and its arguments, which replaces itself with the JVM; may be empty
   */
  public static ChildJvm start(
      String name,
      List<String> wrapper,
      List<String> options,
      Class<?> mainClass,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
    command.addAll(List.of(arguments));
    return new ChildJvm(name, new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    killer = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killer);
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  public long pid() {
    return process.pid();
  }

  /** Sends a request to a child that runs {@link ChildLoop}, and waits for its reply. */
  public String ask(Object... words) throws IOException {
    tell(words);
    return answer();
  }

  /** Sends a request. {@link #answer} returns the reply. */
  public void tell(Object... words) throws IOException {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Returns the reply to the last request, or the child's message that it is ready. */
  public String answer() throws IOException {
    return answer(PATIENCE);
  }

  /**
   * Like {@link #answer()}, with a time limit for slow requests. A failing child reports its
   * failure in a line.
   */
  public String answer(Duration patience) throws IOException {
    String line = nextLine(patience);
    if (line.startsWith("ok")) {
      return line.substring(2).strip();
    }
    throw new ChildFailedException(this + ": " + line);
  }

  /** The next line of its output, which includes stderr. */
  String nextLine() throws IOException {
    return nextLine(PATIENCE);
  }

  private String nextLine(Duration patience) throws IOException {
    try {
      String line = lines.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        throw new ChildFailedException(this + " says nothing");
      } else if (line.equals(END)) {
        throw new ChildFailedException(this + " has ended; its last words: " + last);
      }
      last = line;
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChildFailedException("interrupted while waiting for " + this, e);
    }
  }

  /** Sends SIGKILL. Returns when the process has ended. */
  public void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Ends the process, at first with SIGTERM. */
  @Override
  public void close() throws IOException {
    process.destroy();
    awaitEnd();
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException shuttingDown) {
      // Ctrl-C came first, so the hook is already running
      return;
    }
  }

  private void awaitEnd() throws IOException {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new ChildFailedException(this + " did not end");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        // a JVM prints this if JAVA_TOOL_OPTIONS or JDK_JAVA_OPTIONS is set
        if (!line.contains("Picked up J")) {
          lines.add(line);
        }
      }
    } catch (IOException closed) {
      // destroy() closes the stream; for any reason, there is nothing more to read
      lines.add(END);
      return;
    }
    lines.add(END);
  }

  @Override
  public String toString() {
    return name + " (pid " + pid() + ")";
  }
}
