package dev.sockbroker.system;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** Work on a thread of its own, which does not keep the JVM alive. */
public final class Background {
  private Background() {}

  /** Starts the work. The task's {@code get} returns its result, or throws what it threw. */
  public static <T> FutureTask<T> begin(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }
}
