package dev.sockbroker.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of the machine that runs to its end. */
public final class Program {
  private static final long DEADLINE_SECONDS = 60;

  /** The output and exit code of a program. */
  public record Result(int exitCode, String out, String err) {
    public Result orFail() {
      if (exitCode != 0) {
        throw new AssertionError(this);
      }
      return this;
    }
  }

  private Program() {}

  public static Result run(List<String> line) throws IOException, InterruptedException {
    return run(Map.of(), line);
  }

  /**
   * @param environment variables in addition to those of the tests
   */
  public static Result run(Map<String, String> environment, List<String> line)
      throws IOException, InterruptedException {
    return run(environment, line, DEADLINE_SECONDS);
  }

  /** For a program that takes long. */
  static Result run(Map<String, String> environment, List<String> line, long deadlineSeconds)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("out", null);
    Path err = Files.createTempFile("err", null);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(deadlineSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(line + " did not end: " + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
