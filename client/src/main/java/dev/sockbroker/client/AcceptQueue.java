package dev.sockbroker.client;

import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections that a server socket has accepted ahead (rule 74). One request takes those that
 * already wait, but no more than the program seems to need soon. As with the JDK's server sockets,
 * one thread at a time accepts. Any thread may call any method.
 */
final class AcceptQueue {
  /** After this time, connections that the program has not accepted go back to the listener. */
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS, Runnable::run);

  private final SharedSocket listener;

  /** Held by the thread that accepts, for as long as it waits. */
  private final ReentrantLock accepting = new ReentrantLock();

  /** Guarded by {@link #accepting}. */
  private final AcceptPace pace = new AcceptPace();

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by {@link #lock}, like {@link #ended}. */
  private final Deque<SharedSocket> ahead = new ArrayDeque<>();

  private boolean ended;

  /** Counts the requests that brought connections ahead. Guarded by {@link #lock}. */
  private int batch;

  AcceptQueue(SharedSocket listener) {
    this.listener = listener;
    listener.ended().thenRun(this::end);
  }

  /** Accepts a connection with a stream. */
  SharedSocket accept(Duration timeout) throws IOException {
    boolean alone = accepting.tryLock();
    Duration rest = alone ? timeout : awaitTurn(timeout);
    SharedSocket next = null;
    try {
      if (alone) {
        pace.onAccept(System.nanoTime());
      }
      next = poll();
      if (next == null) {
        next = keepRest(listener.acceptWithStreams(rest, aheadMax()));
      }
      return next;
    } finally {
      pace.onEnd(next != null, System.nanoTime());
      accepting.unlock();
    }
  }

  /** Takes the lock that another thread has. Returns how much of the time is left. */
  private Duration awaitTurn(Duration timeout) throws IOException {
    listener.checkMayWait();
    long nanos = Timeouts.nanos(timeout);
    if (nanos == Long.MAX_VALUE) {
      accepting.lock();
      return timeout;
    }
    long deadline = System.nanoTime() + nanos;
    if (!tryUntil(deadline)) {
      throw new SocketTimeoutException("another thread accepts");
    }
    // at least a moment, because a wait of 0 would be an accept that must not wait
    return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
  }

  /** Tries to take the lock. As in the JDK, an interrupt does not end this wait. */
  private boolean tryUntil(long deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return accepting.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One for each thread that waits to accept, or else as many as one thread seems to need. */
  private int aheadMax() {
    int waiting = accepting.getQueueLength();
    return Math.min(waiting > 0 ? waiting : pace.soon(), Request.Accept.AHEAD_MAX);
  }

  /** Keeps all but the first, which it returns. */
  private SharedSocket keepRest(List<SharedSocket> accepted) {
    lock.lock();
    try {
      for (SharedSocket it : accepted.subList(1, accepted.size())) {
        add(it);
      }
      if (!ahead.isEmpty()) {
        int of = ++batch;
        LATER.execute(() -> expire(of));
      }
      return accepted.get(0);
    } finally {
      lock.unlock();
    }
  }

  private void add(SharedSocket accepted) {
    if (ended) {
      accepted.giveBack();
    } else {
      ahead.add(accepted);
    }
  }

  private SharedSocket poll() {
    lock.lock();
    try {
      return ahead.poll();
    } finally {
      lock.unlock();
    }
  }

  /** The program was slower than it seemed, and another process may be idle. */
  private void expire(int of) {
    lock.lock();
    try {
      if (batch == of) {
        giveBack();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The listener's descriptor was closed, revoked or lost. Others may accept the connections. */
  private void end() {
    lock.lock();
    try {
      ended = true;
      giveBack();
    } finally {
      lock.unlock();
    }
  }

  private void giveBack() {
    ahead.forEach(SharedSocket::giveBack);
    ahead.clear();
  }
}
