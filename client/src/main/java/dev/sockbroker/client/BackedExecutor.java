package dev.sockbroker.client;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * The program's executor; what it refuses because it is full runs on the library's own threads,
 * since an event is told once and an answer comes once.
 */
final class BackedExecutor implements Executor {
  private final Executor executor;

  BackedExecutor(Executor executor) {
    this.executor = executor;
  }

  /**
   * @throws RejectedExecutionException if the program has shut its executor down
   */
  @Override
  public void execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      if (executor instanceof ExecutorService service && service.isShutdown()) {
        throw e;
      }
      DefaultExecutor.get().execute(task);
    }
  }
}
