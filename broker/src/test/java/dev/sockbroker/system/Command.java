package dev.sockbroker.system;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The command line as a user has it: the real jar in a process of its own, run to its end. */
public final class Command {
  private static final long DEADLINE_SECONDS = 30;

  /** What a command wrote, and how it ended. */
  public record Result(int exitCode, String out, String err) {}

  private final Map<String, String> environment;

  private Command(Map<String, String> environment) {
    this.environment = environment;
  }

  /** A command line that talks to the broker at that socket. */
  public static Command to(Path socket) {
    return new Command(Map.of("SOCKBROKER_SOCKET", socket.toString()));
  }

  /** The same on a terminal of so many columns. */
  public Command onTerminal(int columns) {
    return new Command(
        Map.of(
            "SOCKBROKER_SOCKET",
            environment.get("SOCKBROKER_SOCKET"),
            "SOCKBROKER_COLUMNS",
            Integer.toString(columns)));
  }

  /** Starts a command and leaves it running. */
  public Process start(String... arguments) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                BrokerProcess.JAVA.toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                BrokerProcess.JAR.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Runs a command to its end. */
  public Result run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    process.getOutputStream().close();
    CompletableFuture<String> out = read(process.getInputStream());
    CompletableFuture<String> err = read(process.getErrorStream());
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
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
        });
  }
}
