package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The time of all CPUs since the machine started, in the ticks of proc(5), 10 ms.
 *
 * @param stolen which the host of a virtual machine gave to others while this one wanted it
 * @param all the stolen included
 */
record CpuTime(long stolen, long all) {
  private static final int STEAL = 8;

  static CpuTime now() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      // cpu user nice system idle iowait irq softirq steal; what follows is part of user already
      String[] words = lines.findFirst().orElseThrow().split("\\s+");
      long all = 0;
      for (int i = 1; i <= STEAL; i++) {
        all += Long.parseLong(words[i]);
      }
      return new CpuTime(Long.parseLong(words[STEAL]), all);
    }
  }

  /** The share that was stolen since an earlier time, of 1. */
  double stolenSince(CpuTime earlier) {
    return all == earlier.all ? 0 : (double) (stolen - earlier.stolen) / (all - earlier.all);
  }
}
