package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The CPU load of processes, in CPU seconds per second; 1 is one CPU.
 *
 * @param between the broker or proxy; 0 for a direct connection
 */
public record Cpu(double peer, double between, double worker) {
  /** The clock ticks of proc(5). There are 100 per second on every Linux of our architectures. */
  private static final double TICKS_PER_SECOND = 100;

  /** The pids of the measured processes; 0 for a process that does not take part. */
  record Processes(long peer, long between, long worker) {
    Cpu sample() throws IOException {
      return new Cpu(seconds(peer), seconds(between), seconds(worker));
    }
  }

  /** The load since an earlier sample. */
  Cpu since(Cpu earlier, double seconds) {
    return new Cpu(
        (peer - earlier.peer) / seconds,
        (between - earlier.between) / seconds,
        (worker - earlier.worker) / seconds);
  }

  /** The CPU time that a process has used, including the children that it waited for. */
  private static double seconds(long pid) throws IOException {
    if (pid == 0) {
      return 0;
    }
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // the name in parentheses may contain any character
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = 0;
    for (int i = 11; i < 15; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks / TICKS_PER_SECOND;
  }
}
