package dev.sockbroker.client;

import java.io.IOException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Decides which thread reads: the I/O thread or a waiting caller, one at a time.
 *
 * <p>The thread that holds {@link #reading} runs turns of the connection for all callers. A caller
 * takes the lock if it is free, reads until its own reply has arrived, and releases it. That saves
 * two thread switches. If more replies or events are expected, the caller then wakes the I/O
 * thread, which continues to read. If nothing is expected, the I/O thread {@linkplain #rest rests},
 * so that the next caller finds the lock free.
 *
 * <p>There is always a reader when one is needed. A thread that needs something first announces it
 * (as a request, a task, or its entry in {@link #parked}) and then wakes the I/O thread if nobody
 * reads. A caller that reads first releases the lock and then checks whether another thread needs
 * something.
 *
 * <p>{@link #reading} guards every field except the two collections, which are thread-safe.
 */
final class Reading {
  /**
   * How long the I/O thread leaves reading to callers while nothing is expected from the broker.
   */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Connection connection;
  private final Requests requests;
  private final Thread thread = new Thread(this::run, "sockbroker-client");

  /** Held by the reading thread, even while it waits. Never acquired while holding another lock. */
  private final ReentrantLock reading = new ReentrantLock();

  /** Tasks for the thread that reads. Thread-safe. */
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /** The threads that wait for an event while another thread reads. Thread-safe. */
  private final Set<Thread> parked = ConcurrentHashMap.newKeySet();

  /**
   * Written under {@link #reading}. Volatile, because the resting I/O thread reads it without the
   * lock.
   */
  private volatile int callersReads;

  /** The session is about to end. */
  private boolean closing;

  /** The broker has closed its end. The I/O thread will see that too and end the session. */
  private boolean atEnd;

  /** The failure of a caller that was reading. The I/O thread ends the session because of it. */
  private Throwable failure;

  Reading(Connection connection, Requests requests) {
    this.connection = connection;
    this.requests = requests;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Whether the current thread is the reading thread, so that a wait would stop all reading. */
  boolean isMine() {
    return reading.isHeldByCurrentThread();
  }

  /**
   * @throws IllegalStateException on the thread that reads
   */
  void checkMayWait() {
    if (isMine()) {
      throw new IllegalStateException(
          "a blocking call on the I/O thread would wait for itself; use the form that returns a"
              + " CompletableFuture, or give Broker.builder() an executor that has its own"
              + " threads");
    }
  }

  /**
   * Any thread may call this. The task runs after earlier tasks, or not at all if the session has
   * ended.
   */
  void execute(Runnable task) {
    tasks.add(task);
    connection.wakeup();
    LockSupport.unpark(thread);
  }

  /** Any thread may call this. It ends the session and returns at once. */
  void close() {
    execute(() -> closing = true);
  }

  /** Any thread may call this. Something is expected from the broker, so somebody must read. */
  void expect() {
    // otherwise the reading thread notices it when it is done
    if (!reading.isLocked()) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Waits until an event may have made the condition true, or until the time has passed. It may
   * return early. The caller reads if no other thread does, which saves a thread switch.
   *
   * @throws IllegalStateException on the thread that reads, which would wait for itself
   */
  void awaitEvent(BooleanSupplier condition, long nanos) {
    checkMayWait();
    if (!VirtualThreads.isCurrent() && readUntil(condition, nanos)) {
      return;
    }
    parked.add(Thread.currentThread());
    expect();
    LockSupport.parkNanos(this, nanos);
    parked.remove(Thread.currentThread());
  }

  /** Any thread may call this. The other thread's wait is over. */
  void wake(Thread waiting) {
    parked.remove(waiting);
    LockSupport.unpark(waiting);
    if (!isMine()) {
      // it may be the thread that reads
      connection.wakeup();
    }
  }

  /**
   * Reads on the caller's thread until the condition holds or the time has passed. It returns false
   * if another thread reads or the session is about to end.
   */
  boolean readUntil(BooleanSupplier done, long nanos) {
    if (!reading.tryLock()) {
      return false;
    }
    boolean open = isOpen();
    try {
      if (open) {
        turnUntil(done, nanos);
      }
    } catch (Throwable e) {
      failure = e;
    }
    boolean over = !isOpen();
    callersReads++;
    reading.unlock();
    if (over || !isQuiet()) {
      LockSupport.unpark(thread);
    }
    return open;
  }

  private void turnUntil(BooleanSupplier done, long nanos) throws IOException {
    long begin = System.nanoTime();
    long left = nanos;
    while (left > 0
        && isOpen()
        && !done.getAsBoolean()
        && !Thread.currentThread().isInterrupted()) {
      turn(left);
      left = nanos - (System.nanoTime() - begin);
    }
  }

  private boolean isOpen() {
    return failure == null && !closing && !atEnd;
  }

  private void run() {
    Throwable cause = null;
    reading.lock();
    try {
      while (!closing && failure == null && turn(Long.MAX_VALUE)) {
        // an in-place callback may have been interrupted; the selector would then not wait any more
        Thread.interrupted();
        if (!closing && isQuiet()) {
          rest();
        }
      }
      cause = failure;
    } catch (Throwable e) {
      // whatever went wrong, no caller may wait for a thread that has ended
      cause = e;
    }
    connection.end(cause, closing);
    reading.unlock();
  }

  /**
   * Runs one round.
   *
   * @return false at the end of the stream
   */
  private boolean turn(long nanos) throws IOException {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    if (!closing) {
      atEnd = !connection.turn(nanos);
    }
    return !atEnd;
  }

  /** Nothing is expected, so the next caller can read its own reply. */
  private boolean isQuiet() {
    return requests.isQuiet() && tasks.isEmpty() && parked.isEmpty();
  }

  /** Leaves reading to callers as long as they follow each other quickly. */
  private void rest() {
    reading.unlock();
    int before;
    do {
      before = callersReads;
      if (!isQuiet()) {
        break;
      }
      LockSupport.parkNanos(REST_NANOS);
    } while (before != callersReads);
    reading.lock();
  }
}
