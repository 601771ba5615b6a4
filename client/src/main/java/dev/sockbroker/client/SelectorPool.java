package dev.sockbroker.client;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Selectors for streams, which use them one after the other: opening and closing a selector takes
 * nine system calls. Any thread may call any method.
 */
final class SelectorPool {
  /** Each unused selector keeps two fds. */
  private static final int UNUSED_MAX = 32;

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, like {@code closed}. */
  private final Deque<Selector> unused = new ArrayDeque<>();

  private boolean closed;

  Selector take() throws IOException {
    lock.lock();
    try {
      Selector selector = unused.poll();
      return selector == null ? Selector.open() : selector;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param selector has no keys
   */
  void give(Selector selector) throws IOException {
    lock.lock();
    try {
      if (closed || unused.size() == UNUSED_MAX) {
        selector.close();
      } else {
        unused.push(selector);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes the unused selectors, and later the others when they are given back. */
  void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      for (Selector selector : unused) {
        selector.close();
      }
      unused.clear();
    } finally {
      lock.unlock();
    }
  }
}
