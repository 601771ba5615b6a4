package dev.sockbroker.bench;

import dev.sockbroker.child.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** wrk(1), which measures whole seconds. */
final class WrkLoad implements WebLoad {
  static final String PROGRAM = "wrk";

  /** Longer than any reply takes, so that wrk counts slow replies instead of failures. */
  private static final String TIMEOUT = "60s";

  /** Prints the duration in microseconds, the number of failures, and each time with its count. */
  private static final String SCRIPT =
      """
      done = function(summary, latency, requests)
        local errors = summary.errors
        local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
        io.write(string.format("measured %d %d\\n", summary.duration, failed))
        for i = 1, #latency do
          local micros, count = latency(i)
          io.write(string.format("%d %d\\n", micros, count))
        end
      end
      """;

  private final List<String> wrapper;
  private final Path script;

  private WrkLoad(List<String> wrapper, Path script) {
    this.wrapper = wrapper;
    this.script = script;
  }

  /**
   * @param wrapper the command that runs it at its place
   * @param directory for its files
   */
  static WrkLoad in(List<String> wrapper, Path directory) throws IOException {
    Path script = directory.resolve("wrk.lua");
    Files.writeString(script, SCRIPT);
    return new WrkLoad(wrapper, script);
  }

  @Override
  public Run run(String entrance, int connections, boolean keepAlive, long millis)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    long seconds = Math.max(1, Math.round(millis / 1e3));
    command.addAll(
        List.of(Programs.path(PROGRAM), "-t1", "-c" + connections, "-d" + seconds + "s"));
    command.addAll(List.of("--timeout", TIMEOUT, "-s", script.toString()));
    if (!keepAlive) {
      command.addAll(List.of("-H", WebServer.CLOSE.strip()));
    }
    command.add("http://127.0.0.1:" + entrance);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return parse(words);
  }

  private static Run parse(String words) throws IOException {
    List<String> lines = words.lines().dropWhile(line -> !line.startsWith("measured ")).toList();
    if (lines.isEmpty()) {
      throw new IOException("wrk says: " + words.strip());
    }
    String[] measured = lines.getFirst().split(" ");
    if (!measured[2].equals("0")) {
      String report = words.substring(0, words.indexOf(lines.getFirst())).strip();
      throw new IOException("wrk counted " + measured[2] + " failures: " + report);
    }
    Histogram nanos = Latency.histogram();
    for (String line : lines.subList(1, lines.size())) {
      String[] time = line.split(" ");
      nanos.recordValueWithCount(Long.parseLong(time[0]) * 1000, Long.parseLong(time[1]));
    }
    return new Run(nanos, Long.parseLong(measured[1]) / 1000);
  }
}
