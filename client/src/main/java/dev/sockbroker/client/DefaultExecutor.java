package dev.sockbroker.client;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A small pool of daemon threads for callbacks. Threads start when needed and end when idle. It
 * does not use the common pool, because blocking calls must not occupy the common pool's threads.
 */
final class DefaultExecutor {
  private static final int THREADS = Math.max(4, Runtime.getRuntime().availableProcessors());
  private static final ThreadPoolExecutor POOL = create();

  private DefaultExecutor() {}

  static Executor get() {
    return POOL;
  }

  private static ThreadPoolExecutor create() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "sockbroker-callback");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
