package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Python program of these tests' resources, which can import the example client. */
public final class PythonProgram implements Closeable {
  private static final Path EXAMPLES =
      Path.of("..", "scripts", "examples").toAbsolutePath().normalize();

  private final Path file;
  private final Process process;
  private final BufferedReader out;

  public PythonProgram(String resource, String... arguments) throws IOException {
    Needs.programs("python3");
    file = Files.createTempFile("program", ".py");
    try (InputStream source = PythonProgram.class.getResourceAsStream(resource)) {
      Files.write(file, source.readAllBytes());
    }
    List<String> line = new ArrayList<>(List.of("python3", file.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("PYTHONPATH", EXAMPLES.toString());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    process = builder.start();
    out = process.inputReader(UTF_8);
  }

  public long pid() {
    return process.pid();
  }

  /** The next line of its output; null if it has ended. */
  public String line() throws IOException {
    return out.readLine();
  }

  /** Writes a line to its input. */
  void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  /** Sends SIGKILL. Returns when the process has ended. */
  public void kill() {
    try {
      if (!process.destroyForcibly().waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("pid " + process.pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while it ends", e);
    }
  }

  @Override
  public void close() throws IOException {
    kill();
    Files.delete(file);
  }
}
