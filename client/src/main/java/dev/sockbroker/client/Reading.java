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
 * Which thread reads: one at a time, the I/O thread or a caller that waits.
 *
 * <p>The thread that holds {@link #reading} runs turns of the connection, for everybody. A caller
 * takes it if it is free, reads until its own answer is there, and leaves it; that saves two
 * switches of threads. If something is expected then, it wakes the I/O thread, which reads on. Once
 * nothing is expected, the I/O thread {@linkplain #rest rests}, so that the next caller finds the
 * lock free.
 *
 * <p>Nobody is left without a reader: a thread that wants something says so first (a request, a
 * task, its place in {@link #parked}) and then wakes the I/O thread if nobody reads; a caller that
 * reads gives the lock up first and then looks whether somebody wants something.
 *
 * <p>{@link #reading} guards every field, except the two collections, which guard themselves.
 */
final class Reading {
  /**
   * How long the I/O thread leaves reading to callers, once nothing is expected from the broker.
   */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Connection connection;
  private final Requests requests;
  private final Thread thread = new Thread(this::run, "sockbroker-client");

  /** Held by the thread that reads, through its waits; never asked for under another lock. */
  private final ReentrantLock reading = new ReentrantLock();

  /** To be run by the thread that reads. Guards itself. */
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /** The threads that wait for an event while another one reads. Guards itself. */
  private final Set<Thread> parked = ConcurrentHashMap.newKeySet();

  /** Written under {@link #reading}; volatile because the I/O thread looks at it as it rests. */
  private volatile int callersReads;

  /** The session is to end. */
  private boolean closing;

  /** The broker has closed its end; the I/O thread finds that out again, and ends the session. */
  private boolean atEnd;

  /** What went wrong while a caller read; the I/O thread ends the session for it. */
  private Throwable failure;

  Reading(Connection connection, Requests requests) {
    this.connection = connection;
    this.requests = requests;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Whether what the current thread does keeps everything else from being read. */
  boolean isMine() {
    return reading.isHeldByCurrentThread();
  }

  /**
   * @throws IllegalStateException on the thread that reads
   */
  void checkMayWait() {
    if (isMine()) {
      throw new IllegalStateException(
          "a blocking call on the I/O thread would wait for itself; use the form that answers a"
              + " CompletableFuture, or give Broker.builder() an executor with threads of its own");
    }
  }

  /** Any thread. Runs behind what was submitted before, or not at all if the session has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    connection.wakeup();
    LockSupport.unpark(thread);
  }

  /** Any thread. Ends the session; returns at once. */
  void close() {
    execute(() -> closing = true);
  }

  /** Any thread: something is expected from the broker, and somebody is to read it. */
  void expect() {
    // else the thread that reads sees it when it is done
    if (!reading.isLocked()) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Waits until an event may have brought about what is waited for, or for that long; maybe for
   * nothing. Reads if nobody else does, which saves a switch of threads.
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

  /** Any thread: what that one waits for has come, or it waits for nothing. */
  void wake(Thread waiting) {
    parked.remove(waiting);
    LockSupport.unpark(waiting);
    if (!isMine()) {
      // it may be the one that reads
      connection.wakeup();
    }
  }

  /**
   * A caller reads until that is so or the time is over, unless another thread reads or the session
   * is at its end; then it answers false.
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
    } catch (IOException | RuntimeException | Error e) {
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
        // a callback in place may have been interrupted: the selector would not wait any more
        Thread.interrupted();
        if (!closing && isQuiet()) {
          rest();
        }
      }
      cause = failure;
    } catch (IOException | RuntimeException | Error e) {
      // whatever it is, nobody may be left waiting for a thread that is gone
      cause = e;
    }
    connection.end(cause, closing);
    reading.unlock();
  }

  /**
   * One round.
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

  /** Nothing is expected, so a caller that asks for something next can read the answer. */
  private boolean isQuiet() {
    return requests.isQuiet() && tasks.isEmpty() && parked.isEmpty();
  }

  /** Leaves reading to callers as long as they come one soon after the other. */
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
