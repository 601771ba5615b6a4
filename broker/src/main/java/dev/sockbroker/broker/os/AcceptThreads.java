package dev.sockbroker.broker.os;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads that accept from exported listeners. The caller bounds their number by charging them
 * to clients. For an upgrade they can be stopped even in accept(2), because a connection that they
 * took later would end with this process. Loop thread only.
 */
public final class AcceptThreads {
  private static final int IDLE_SECONDS = 1;

  /** How soon a thread is interrupted again that was not in accept(2) yet. */
  private static final long AGAIN_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("acceptor", true));

  /** The kernel's ids of the threads that accept now. */
  private final Set<Integer> working = ConcurrentHashMap.newKeySet();

  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean stopping;

  /**
   * Runs a task that accepts. Not to be called while the threads are stopping.
   *
   * @param onNoThread runs instead if no thread can be started
   */
  void start(Runnable accept, Runnable onNoThread) {
    assert !stopping : "a thread would accept for a broker that hands over";
    active.incrementAndGet();
    if (!ThreadStart.attempt(() -> threads.execute(() -> run(accept)))) {
      active.decrementAndGet();
      onNoThread.run();
    }
  }

  private void run(Runnable accept) {
    int thread = ThreadSignal.ownThread();
    working.add(thread);
    try {
      accept.run();
    } finally {
      working.remove(thread);
      active.decrementAndGet();
    }
  }

  /** Whether threads that were interrupted must return, and no other may start. Any thread. */
  boolean areStopping() {
    return stopping;
  }

  /**
   * Makes all threads return. Their outcomes are tasks of the loop when this method returns. Until
   * {@link #resume} no other thread may start.
   *
   * @param untilNanos the time limit, on the clock of {@link System#nanoTime}
   * @throws IOException if a thread does not return in time
   */
  public void stop(long untilNanos) throws IOException {
    stopping = true;
    ThreadSignal signal = active.get() == 0 ? null : ThreadSignal.prepare();
    while (active.get() > 0) {
      working.forEach(signal::interrupt);
      if (System.nanoTime() - untilNanos > 0) {
        throw new IOException("a thread that accepts connections does not return");
      }
      LockSupport.parkNanos(AGAIN_NANOS);
    }
  }

  /** Lets threads accept again, because the upgrade was given up. */
  public void resume() {
    stopping = false;
  }
}
