package dev.sockbroker.broker.os;

import java.io.IOException;

/** How many file descriptors this process may have. */
public final class OpenFiles {
  private OpenFiles() {}

  /**
   * Returns the soft limit of RLIMIT_NOFILE, which the JVM raises to the hard limit at its start.
   */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max open files");
  }
}
