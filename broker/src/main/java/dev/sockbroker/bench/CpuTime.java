package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The time of all CPUs since the machine started, in the ticks of proc(5), 10 ms each.
 *
 * @param stolen the time that the host of a virtual machine gave to others while this one wanted it
 * @param all including the stolen time
 */
record CpuTime(long stolen, long all) {
  private static final int STEAL = 8;

  static CpuTime now() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      // cpu user nice system idle iowait irq softirq steal; user includes the fields that follow
      String[] words = lines.findFirst().orElseThrow().split("\\s+");
      long all = 0;
      for (int i = 1; i <= STEAL; i++) {
        all += Long.parseLong(words[i]);
      }
      return new CpuTime(Long.parseLong(words[STEAL]), all);
    }
  }

  /** The fraction, from 0 to 1, that was stolen since an earlier time. */
  double stolenSince(CpuTime earlier) {
    return all == earlier.all ? 0 : (double) (stolen - earlier.stolen) / (all - earlier.all);
  }
}
