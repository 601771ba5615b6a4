package dev.sockbroker.bench.restart;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** wrk(1) at full load until it is stopped. */
final class Wrk implements Closeable {
  /** The number of requests in progress at any moment. */
  static final int CONNECTIONS = 16;

  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
  private static final Pattern ERRORS =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
  private static final Pattern BAD = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

  private final Process process;

  private Wrk(Process process) {
    this.process = process;
  }

  /**
   * The counts of wrk.
   *
   * @param refused failed connects
   * @param failed requests without a reply, or with a wrong one
   */
  record Outcome(long requests, long refused, long failed) {}

  static Wrk start(int port) throws IOException {
    List<String> line =
        List.of(
            "wrk",
            "-t1",
            "-c" + CONNECTIONS,
            "-d24h",
            "--timeout",
            "60s",
            "http://127.0.0.1:" + port);
    return new Wrk(new ProcessBuilder(line).redirectErrorStream(true).start());
  }

  Outcome stop() throws IOException {
    // wrk prints its report after SIGINT, which Java cannot send
    String pid = Long.toString(process.pid());
    new ProcessBuilder("kill", "-INT", pid).inheritIO().start().onExit().join();
    String report = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher requests = REQUESTS.matcher(report);
    if (!requests.find()) {
      throw new IOException("wrk says: " + report);
    }
    Matcher errors = ERRORS.matcher(report);
    Matcher bad = BAD.matcher(report);
    boolean isAny = errors.find();
    long failed = bad.find() ? Long.parseLong(bad.group(1)) : 0;
    for (int i = 2; isAny && i <= errors.groupCount(); i++) {
      failed += Long.parseLong(errors.group(i));
    }
    return new Outcome(
        Long.parseLong(requests.group(1)), isAny ? Long.parseLong(errors.group(1)) : 0, failed);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
