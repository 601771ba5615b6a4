package dev.sockbroker.system.readme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.system.Program;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Commands of a page in their own session on a {@link Machine}, and their output. */
final class Terminal {
  private static final long DEADLINE_SECONDS = 60;

  private final Process process;
  private final StringBuffer output = new StringBuffer();
  private final Thread reader;

  /**
   * @param process whose only child is the leader of the session
   */
  Terminal(Process process) {
    this.process = process;
    reader = Thread.ofPlatform().daemon().start(this::read);
  }

  private void read() {
    char[] some = new char[8192];
    try (Reader in = new InputStreamReader(process.getInputStream(), UTF_8)) {
      for (int count = in.read(some); count > 0; count = in.read(some)) {
        output.append(some, 0, count);
      }
    } catch (IOException e) {
      output.append("(not read: ").append(e).append(')');
    }
  }

  /** The output so far, stdout and stderr. */
  String output() {
    return output.toString();
  }

  /** Waits for output that matches. */
  Terminal await(String regex) {
    Pattern pattern = Pattern.compile(regex);
    try {
      Awaitility.await()
          .atMost(DEADLINE_SECONDS, SECONDS)
          .until(() -> !reader.isAlive() || pattern.matcher(output).find());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("no " + regex + " in time; it wrote: " + output, e);
    }
    assertThat(output()).containsPattern(pattern);
    return this;
  }

  void type(String text) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write(text.getBytes(UTF_8));
    in.flush();
  }

  /** Waits for a successful end. Returns the output. */
  String end() throws InterruptedException {
    assertThat(exitCode()).as(output()).isZero();
    return output();
  }

  /** Presses Ctrl-C and waits for the end. Returns the exit code. */
  int interrupt() throws IOException, InterruptedException {
    signal("-INT");
    return exitCode();
  }

  void kill() throws IOException, InterruptedException {
    signal("-KILL");
    exitCode();
  }

  private void signal(String signal) throws IOException, InterruptedException {
    long leader = process.children().findFirst().orElseThrow(this::hasEnded).pid();
    Program.run(List.of("kill", signal, "--", "-" + leader)).orFail();
  }

  private AssertionError hasEnded() {
    return new AssertionError("it has ended; it wrote: " + output);
  }

  /** Waits for the end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, SECONDS)) {
      throw new AssertionError("it does not end; it wrote: " + output);
    }
    reader.join(SECONDS.toMillis(DEADLINE_SECONDS));
    return process.exitValue();
  }
}
