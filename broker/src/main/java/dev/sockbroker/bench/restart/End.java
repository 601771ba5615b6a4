package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How to end a process. */
enum End {
  /** With SIGTERM. It ends in its own time. */
  GRACEFUL,
  /** With SIGKILL. */
  FORCED;

  private static final int PATIENCE_SECONDS = 60;

  /** Ends it and waits until it has ended. */
  void of(ProcessHandle process) throws IOException {
    if (this == GRACEFUL) {
      process.destroy();
    } else {
      process.destroyForcibly();
    }
    try {
      process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("pid " + process.pid() + " does not end", e);
    }
  }
}
