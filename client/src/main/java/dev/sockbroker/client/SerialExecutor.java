package dev.sockbroker.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs callbacks one at a time, in order, on an executor that may have many threads. */
final class SerialExecutor implements Executor {
  private final Executor executor;
  private final Thread.UncaughtExceptionHandler handler;
  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param handler gets what tasks throw; null for the handler of the thread that ran the task
   */
  SerialExecutor(Executor executor, Thread.UncaughtExceptionHandler handler) {
    this.executor = executor;
    this.handler = handler;
  }

  /** If a task throws, the handler gets the exception. Later tasks still run. */
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
    } catch (Throwable e) {
      // also checked exceptions, which other languages throw from any function
      report(e);
    } finally {
      if (waiting.decrementAndGet() > 0) {
        dispatch();
      }
    }
  }

  private void report(Throwable thrown) {
    Thread current = Thread.currentThread();
    try {
      (handler == null ? current.getUncaughtExceptionHandler() : handler)
          .uncaughtException(current, thrown);
    } catch (Throwable e) {
      // ignored, as in a thread that ends; on the reading thread it would end the session
    }
  }
}
