package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Leaves memory of this process out of new processes, until it is closed (madvise(2),
 * MADV_DONTFORK). The new process is then small, is made quickly even with strict overcommit, and
 * shows nobody the broker's memory. The heap would otherwise be copied, page by page, as the broker
 * writes to it.
 *
 * <p>Meanwhile no other thread may fork(2) without an execve(2) from the same memory. The JDK
 * starts programs by posix_spawn(3), which does not copy memory. No memory of the broker has been
 * left out before, so the end of it need not tell what was.
 */
final class UncopiedMemory implements AutoCloseable {
  private static final Path MAPS = Path.of("/proc/self/maps");

  /** Pages of the kernel, such as [vdso]. They need no advice. */
  private static final String KERNEL = "[v";

  private final CloneCalls calls;
  private final List<Range> ranges;

  /** A mapping, without the end. */
  record Range(long from, long to) {
    boolean contains(long address) {
      return from <= address && address < to;
    }
  }

  private UncopiedMemory(CloneCalls calls, List<Range> ranges) {
    this.calls = calls;
    this.ranges = ranges;
  }

  /**
   * Leaves out all mappings but some. What other threads map meanwhile is copied.
   *
   * @param isCopied whether a mapping is copied
   */
  static UncopiedMemory allBut(Predicate<Range> isCopied, CloneCalls calls) throws IOException {
    List<Range> ranges = new ArrayList<>();
    for (String line : Files.readAllLines(MAPS, StandardCharsets.ISO_8859_1)) {
      Range range = range(line);
      if (!line.contains(KERNEL) && !isCopied.test(range)) {
        ranges.add(range);
      }
    }
    ranges.forEach(it -> calls.madvise(it.from, it.to - it.from, CloneCalls.MADV_DONTFORK));
    return new UncopiedMemory(calls, ranges);
  }

  private static Range range(String line) {
    int dash = line.indexOf('-');
    int space = line.indexOf(' ');
    return new Range(
        Long.parseUnsignedLong(line, 0, dash, 16),
        Long.parseUnsignedLong(line, dash + 1, space, 16));
  }

  @Override
  public void close() {
    ranges.forEach(it -> calls.madvise(it.from, it.to - it.from, CloneCalls.MADV_DOFORK));
  }
}
