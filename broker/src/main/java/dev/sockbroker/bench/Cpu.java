package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How busy processes were: seconds of CPU a second, 1 is one CPU.
 *
 * @param between the broker or proxy, 0 where there is none
 */
public record Cpu(double peer, double between, double worker) {
  /** Of the clock in proc(5); it has been 100 on every Linux of our architectures. */
  private static final double TICKS_PER_SECOND = 100;

  /** Who runs; 0 for nobody. */
  record Processes(long peer, long between, long worker) {
    Cpu sample() throws IOException {
      return new Cpu(seconds(peer), seconds(between), seconds(worker));
    }
  }

  /** What was used since an earlier sample. */
  Cpu since(Cpu earlier, double seconds) {
    return new Cpu(
        (peer - earlier.peer) / seconds,
        (between - earlier.between) / seconds,
        (worker - earlier.worker) / seconds);
  }

  /** Used by a process in its life, with the children that it waited for. */
  private static double seconds(long pid) throws IOException {
    if (pid == 0) {
      return 0;
    }
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // the name, in parentheses, may hold anything
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = 0;
    for (int i = 11; i < 15; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks / TICKS_PER_SECOND;
  }
}
