package dev.sockbroker.client;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A few daemon threads for callbacks, made when first needed and ended when idle. Not the common
 * pool, whose threads are not for blocking calls.
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
