package dev.sockbroker.system;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** The command line as users run it: the real jar in a separate process, run to its end. */
public final class Command {
  /**
   * For tasks that block. The common pool has one thread on a small machine, so that a command
   * could not be read while another one runs.
   */
  static final Executor ON_OWN_THREADS = task -> Thread.ofPlatform().daemon().start(task);

  private static final long DEADLINE_SECONDS = 30;

  /** The output and exit code of a command. */
  public record Result(int exitCode, String out, String err) {}

  private final List<String> wrapper;
  private final Path jar;
  private final Map<String, String> environment;
  private final Redirect output;
  private final long deadlineSeconds;

  private Command(
      List<String> wrapper,
      Path jar,
      Map<String, String> environment,
      Redirect output,
      long deadlineSeconds) {
    this.wrapper = wrapper;
    this.jar = jar;
    this.environment = environment;
    this.output = output;
    this.deadlineSeconds = deadlineSeconds;
  }

  /** A command line that connects to the broker at that socket. */
  public static Command to(Path socket) {
    return new Command(
        List.of(),
        BrokerProcess.JAR,
        Map.of("SOCKBROKER_SOCKET", socket.toString()),
        Redirect.PIPE,
        DEADLINE_SECONDS);
  }

  /**
   * The same command with one more environment variable. SOCKBROKER_COLUMNS makes it assume a
   * terminal.
   */
  public Command with(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new Command(wrapper, jar, more, output, deadlineSeconds);
  }

  /** The same command with its stdout in a file. */
  public Command writingTo(Path file) {
    return new Command(wrapper, jar, environment, Redirect.to(file.toFile()), deadlineSeconds);
  }

  /** The same command with this limit of open files. */
  public Command withOpenFiles(int hardLimit) {
    List<String> limited = List.of("sh", "-c", "ulimit -n " + hardLimit + "; exec \"$@\"", "sh");
    return new Command(limited, jar, environment, output, deadlineSeconds);
  }

  /**
   * The same command as another user.
   *
   * @param readable a copy of the jar that this user can read
   */
  Command as(User user, Path readable) {
    return new Command(user.run(List.of()), readable, environment, output, deadlineSeconds);
  }

  /** The same command with more time than most need. */
  Command within(long seconds) {
    return new Command(wrapper, jar, environment, output, seconds);
  }

  /** Starts a command and leaves it running. */
  public Process start(String... arguments) throws IOException {
    List<String> line = new ArrayList<>(wrapper);
    line.addAll(
        List.of(BrokerProcess.JAVA.toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    line.addAll(StartCaches.options(StartCaches.ofCommands()));
    line.addAll(List.of("-jar", jar.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(environment);
    return builder.redirectOutput(output).start();
  }

  /** Runs a command to its end. */
  public Result run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    process.getOutputStream().close();
    CompletableFuture<String> out = read(process.getInputStream());
    CompletableFuture<String> err = read(process.getErrorStream());
    if (!process.waitFor(deadlineSeconds, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(List.of(arguments) + " did not end: " + out.join() + err.join());
    }
    return new Result(process.exitValue(), out.join(), err.join());
  }

  private static CompletableFuture<String> read(InputStream in) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            return "(not read: " + e + ")";
          }
        },
        ON_OWN_THREADS);
  }
}
