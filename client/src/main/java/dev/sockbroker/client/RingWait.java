package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * How one direction of a ring waits. It spins for as long as spinning has been useful, and then
 * sleeps until the broker rings. Only one thread at a time waits.
 */
final class RingWait {
  private static final int SPINS_MAX = 4096;
  private static final int SPINS_MIN = 16;

  /** With one processor the other side cannot run while this thread spins. */
  private static final boolean CAN_SPIN = Runtime.getRuntime().availableProcessors() > 1;

  private final Session session;
  private volatile Thread sleeper;
  private volatile Throwable end;
  private int spins = SPINS_MAX;

  RingWait(Session session) {
    this.session = session;
  }

  /** Asks the broker to ring when the awaited position is reached, or withdraws that request. */
  interface Watch {
    void set(boolean on);
  }

  /** Like {@link Session#enter}. */
  void enter(ReentrantLock lock) {
    session.enter(lock);
  }

  void await(BooleanSupplier condition, Watch watch, Duration timeout) throws IOException {
    check();
    if (condition.getAsBoolean() || spin(condition)) {
      return;
    }
    if (timeout.isZero()) {
      throw new WouldBlockException(Errno.EAGAIN, "the ring has nothing to take, or no room");
    }
    sleep(condition, watch, timeout);
  }

  private boolean spin(BooleanSupplier condition) {
    for (int i = CAN_SPIN ? spins : 0; i > 0; i--) {
      if (condition.getAsBoolean()) {
        spins = Math.min(SPINS_MAX, 2 * spins);
        return true;
      }
      Thread.onSpinWait();
    }
    spins = Math.max(SPINS_MIN, spins / 2);
    return false;
  }

  private void sleep(BooleanSupplier condition, Watch watch, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + Timeouts.nanos(timeout);
    Thread me = Thread.currentThread();
    BooleanSupplier isOver =
        () -> {
          // set it each time: a callback on this thread may have taken the bytes or waited itself
          sleeper = me;
          watch.set(true);
          return end != null || condition.getAsBoolean();
        };
    try {
      while (!isOver.getAsBoolean()) {
        if (Thread.interrupted()) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for the ring");
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new SocketTimeoutException("its time of " + timeout + " has passed");
        }
        session.awaitEvent(isOver, left);
      }
      if (!condition.getAsBoolean()) {
        checkAsleep();
      }
    } finally {
      sleeper = null;
      watch.set(false);
    }
  }

  /** Any thread may call this. */
  void wake() {
    Thread waits = sleeper;
    if (waits != null) {
      session.wake(waits);
    }
  }

  /** Any thread may call this. Present and future waits fail with the reason. */
  void end(Throwable why) {
    end = why;
    wake();
  }

  void check() throws IOException {
    if (end != null) {
      throw Session.lost(end);
    }
  }

  /** As in java.nio, a waiting thread learns that another thread closed the channel. */
  private void checkAsleep() throws IOException {
    if (end instanceof ClosedChannelException) {
      throw new AsynchronousCloseException();
    }
    check();
  }
}
