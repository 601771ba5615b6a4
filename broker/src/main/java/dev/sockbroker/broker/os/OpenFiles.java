package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** How many file descriptors this process may have. */
public final class OpenFiles {
  private OpenFiles() {}

  /**
   * Makes room in the table of descriptors. Without it each doubling of the table takes tens of
   * milliseconds in a process with threads, because the kernel waits for all CPUs.
   *
   * @param count how many descriptors are expected
   */
  public static void expect(int count) {
    SystemCalls calls = new SystemCalls();
    int fd = calls.fcntl(0, Linux.F_DUPFD_CLOEXEC, count);
    if (fd >= 0) {
      calls.close(fd);
    }
  }

  /** Returns how many descriptors this process has. */
  public static int count() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return (int) fds.count();
    }
  }

  /**
   * Returns the soft limit of RLIMIT_NOFILE, which the JVM raises to the hard limit at its start.
   */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max open files");
  }
}
