package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Starts the broker's threads and detects when no more can be started. They are all platform
 * threads. Virtual threads need carriers, which the JDK starts itself: if it cannot, the error ends
 * the broker or breaks virtual threads for good, and nobody can be refused. Any thread.
 */
public final class ThreadStart {
  /** What an operator can do about it. */
  public static final String REMEDY =
      "raise ulimit -u of the broker (TasksMax= of its unit, pids.max of its cgroup)";

  private static final int SMALL_STACK = 64 << 10;

  /** How long the kernel may count a thread that has ended for the JVM. */
  private static final int END_MILLIS = 20;

  /** Whether the last room for threads is reserved for a shutdown. */
  private static volatile boolean reserved;

  private ThreadStart() {}

  /**
   * Returns RLIMIT_NPROC: how many threads the user of this process may have. Root may have more.
   */
  public static int limit() throws IOException {
    return ProcessLimits.soft("Max processes");
  }

  /**
   * Starts a daemon thread.
   *
   * @return whether it was started
   */
  public static boolean start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return attempt(thread::start);
  }

  /**
   * What a client is told if no thread can be started for it.
   *
   * @param purpose what the thread would have done: {@code accept}
   */
  public static RefusedException refusal(String purpose) {
    return new RefusedException(
        Errno.ENOBUFS, "no thread can be started to " + purpose + "; " + REMEDY);
  }

  /**
   * Runs a task that starts a thread.
   *
   * @return whether the thread was started; false if the user, the process or the machine has
   *     reached its limit of threads
   */
  public static boolean attempt(Runnable start) {
    return !reserved && attemptAnyway(start);
  }

  private static boolean attemptAnyway(Runnable start) {
    try {
      start.run();
      return true;
    } catch (OutOfMemoryError e) {
      if (!isOfThreads(e)) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Tries whether that many threads can be started. For what cannot cope if only some of its
   * threads start. Not for the loop, because it waits.
   */
  public static boolean hasRoomFor(int count) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    CountDownLatch end = reserved ? null : startIdle(count, threads);
    if (end == null) {
      return false;
    }
    end.countDown();
    for (Thread it : threads) {
      it.join();
    }
    Thread.sleep(END_MILLIS);
    return true;
  }

  /**
   * Starts threads that do nothing, even if the last room is reserved.
   *
   * @return the latch that ends them; null if not all could be started
   */
  static CountDownLatch startIdle(int count) {
    return startIdle(count, new ArrayList<>());
  }

  private static CountDownLatch startIdle(int count, List<Thread> threads) {
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(null, () -> sleepUntil(end), "spare", SMALL_STACK);
      thread.setDaemon(true);
      if (!attemptAnyway(thread::start)) {
        end.countDown();
        return null;
      }
      threads.add(thread);
    }
    return end;
  }

  private static void sleepUntil(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      // Nobody interrupts this thread. If somebody did, one idle thread would be missing.
      return;
    }
  }

  /** Sets whether no thread may start any more, because a shutdown needs what room is left. */
  static void reserve(boolean on) {
    reserved = on;
  }

  /**
   * Whether an error means that no thread can be started. The JVM throws the same type for a full
   * heap.
   */
  public static boolean isOfThreads(Throwable thrown) {
    return thrown instanceof OutOfMemoryError
        && String.valueOf(thrown.getMessage()).contains("native thread");
  }
}
