package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How one direction of a stream waits. It uses a selector, because an interrupt closes a channel
 * that blocks in a read or a write. Only one thread at a time waits.
 */
final class ChannelWait {
  private final Session session;
  private final SharedSocket socket;
  private final SocketChannel channel;
  private final int operation;
  private final ReentrantLock selectorLock = new ReentrantLock();

  /** Taken by the first wait, null before it and after the end. Guarded by the lock. */
  private Selector selector;

  /** Whether a thread is about to use the selector. Guarded by the lock. */
  private boolean waiting;

  private volatile Throwable end;

  /**
   * @param operation what to wait for: OP_READ or OP_WRITE
   */
  ChannelWait(Session session, SharedSocket socket, SocketChannel channel, int operation) {
    this.session = session;
    this.socket = socket;
    this.channel = channel;
    this.operation = operation;
  }

  /** Like {@link Session#enter}. */
  void enter(ReentrantLock lock) {
    session.enter(lock);
  }

  /** When a wait that begins now must end, for {@link #await}. */
  static long deadline(Duration timeout) {
    long nanos = Timeouts.nanos(timeout);
    return nanos == Long.MAX_VALUE ? nanos : System.nanoTime() + nanos;
  }

  /**
   * Waits until the channel is ready.
   *
   * @param timeout for the message
   */
  void await(long deadline, Duration timeout) throws IOException {
    if (timeout.isZero()) {
      throw new WouldBlockException(Errno.EAGAIN, "the stream has nothing to read, or no room");
    }
    session.checkMayWait();
    boolean interrupted = false;
    try {
      while (!isReady(deadline)) {
        interrupted |= onInterrupt();
        if (deadline != Long.MAX_VALUE && System.nanoTime() - deadline >= 0) {
          throw new SocketTimeoutException("its time of " + timeout + " has passed");
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean isReady(long deadline) throws IOException {
    Selector current = beginWait();
    int ready;
    try {
      ready = current.select(key -> {}, millis(deadline));
    } finally {
      endWait();
    }
    checkAsleep();
    return ready > 0;
  }

  /** Rounded up; 0 waits without a limit. */
  private static long millis(long deadline) {
    if (deadline == Long.MAX_VALUE) {
      return 0;
    }
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999));
  }

  /** Returns whether there was an interrupt that this socket ignores. */
  private boolean onInterrupt() throws IOException {
    if (!Thread.interrupted()) {
      return false;
    }
    if (socket.isInterruptible()) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the stream");
    }
    return true;
  }

  private Selector beginWait() throws IOException {
    selectorLock.lock();
    try {
      check();
      if (selector == null) {
        selector = session.selectors().take();
        channel.register(selector, operation);
      }
      waiting = true;
      return selector;
    } finally {
      selectorLock.unlock();
    }
  }

  private void endWait() throws IOException {
    selectorLock.lock();
    try {
      waiting = false;
      if (end != null) {
        giveBack();
      }
    } finally {
      selectorLock.unlock();
    }
  }

  private void giveBack() throws IOException {
    Selector unused = selector;
    selector = null;
    SelectionKey key = channel.keyFor(unused);
    if (key != null) {
      key.cancel();
      // removes the key
      unused.selectNow();
    }
    session.selectors().give(unused);
  }

  /** Any thread may call this. Present and future waits fail with the reason. */
  void end(Throwable why) throws IOException {
    selectorLock.lock();
    try {
      end = end == null ? why : end;
      if (waiting) {
        selector.wakeup();
      } else if (selector != null) {
        giveBack();
      }
    } finally {
      selectorLock.unlock();
    }
  }

  void check() throws IOException {
    if (end != null) {
      throw Session.lost(end);
    }
  }

  /** As in java.nio, a thread that is in a call learns that another thread closed the channel. */
  void checkAsleep() throws IOException {
    if (end instanceof ClosedChannelException) {
      throw new AsynchronousCloseException();
    }
    check();
  }
}
