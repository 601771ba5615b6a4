package dev.sockbroker.broker.os;

import java.io.IOException;

/** How many file descriptors this process may have, and has. */
public final class OpenFiles {
  private OpenFiles() {}

  /** RLIMIT_NOFILE, the soft limit, which the JVM raises to the hard one at its start. */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max open files");
  }
}
