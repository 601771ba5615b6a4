package dev.sockbroker.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs callbacks one at a time, in order, on an executor that may have many threads. */
final class SerialExecutor implements Executor {
  private final Executor executor;
  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  SerialExecutor(Executor executor) {
    this.executor = executor;
  }

  /**
   * If a task throws, its thread's uncaught exception handler gets the exception. Later tasks still
   * run.
   */
  @Override
  public void execute(Runnable task) {
    queue.add(task);
    if (waiting.getAndIncrement() == 0) {
      dispatch();
    }
  }

  private void dispatch() {
    try {
      executor.execute(this::runOne);
    } catch (RejectedExecutionException shutDown) {
      // the program accepts no more callbacks, so later ones are discarded here too
      queue.clear();
      waiting.set(0);
    }
  }

  private void runOne() {
    try {
      queue.remove().run();
    } catch (RuntimeException | Error e) {
      Thread current = Thread.currentThread();
      current.getUncaughtExceptionHandler().uncaughtException(current, e);
    } finally {
      if (waiting.decrementAndGet() > 0) {
        dispatch();
      }
    }
  }
}
