package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.OpenFiles;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.protocol.Errno;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fits the configured limits to this process. */
final class Fitting {
  private static final Logger LOG = LoggerFactory.getLogger(Fitting.class);

  /** The minimum number of open files with which the broker can serve a client. */
  private static final int OPEN_FILES_MIN = 48;

  /**
   * The fds that clients cannot create: those of the JVM, the log and epoll. Half of this number is
   * a reserve.
   */
  private static final int OTHER_FILES_MIN = 24;

  private static final int OTHER_FILES_MAX = 128;

  private Fitting() {}

  /**
   * Returns limits that are lowered to what open files, memory and threads allow.
   *
   * @throws RefusedException if the process may open too few files to serve anybody
   */
  static Limits limits(Limits asked) throws IOException {
    int openFiles = OpenFiles.limit();
    if (openFiles < OPEN_FILES_MIN) {
      throw new RefusedException(
          Errno.EMFILE,
          "%d open files (ulimit -n, LimitNOFILE= of the unit) are too few; the broker needs %d"
              .formatted(openFiles, OPEN_FILES_MIN));
    }
    Limits limits =
        asked
            .within(
                openFiles - otherFiles(openFiles),
                Runtime.getRuntime().maxMemory(),
                PlatformDependent.maxDirectMemory())
            .withinThreads(ThreadStart.limit());
    logLowered(limits, asked, openFiles);
    return limits;
  }

  private static void logLowered(Limits limits, Limits asked, int openFiles) {
    List<String> lowered = limits.lowerThan(asked);
    if (lowered.isEmpty()) {
      return;
    }
    boolean wasSet = lowered.stream().anyMatch(it -> asked.of(it) != Limits.DEFAULT.of(it));
    String values =
        lowered.stream().map(it -> it + "=" + limits.of(it)).collect(Collectors.joining(", "));
    if (wasSet) {
      LOG.warn(
          "{} open files (ulimit -n), the JVM's memory (-Xmx) and its threads (ulimit -u) allow no"
              + " more than {}",
          openFiles,
          values);
    } else {
      LOG.info(
          "limits that fit {} open files (ulimit -n), the JVM's memory (-Xmx) and its threads"
              + " (ulimit -u): {}",
          openFiles,
          values);
    }
  }

  private static int otherFiles(int openFiles) {
    return Math.clamp(openFiles / 8, OTHER_FILES_MIN, OTHER_FILES_MAX);
  }
}
