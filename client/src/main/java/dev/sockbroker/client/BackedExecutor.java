package dev.sockbroker.client;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * The program's executor. If it rejects a task because it is full, the library's own threads run
 * the task, because each event and each reply is delivered only once.
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
