package dev.sockbroker.cli.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * One browser that follows the events. If it reads slowly, it misses the oldest of its happenings
 * and all but the newest snapshot. It slows nobody else down.
 */
final class Viewer {
  private static final long QUIET_MILLIS = 15_000;
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

  private final String filter;
  private final Thread thread = Thread.currentThread();
  private final Deque<byte[]> happenings;
  private byte[] state;
  private long writingSince;
  private boolean closed;

  /**
   * For the current thread.
   *
   * @param recent what happened before it came
   */
  Viewer(String filter, Deque<byte[]> recent) {
    this.filter = filter;
    happenings = new ArrayDeque<>(recent);
  }

  String filter() {
    return filter;
  }

  /** Shows a snapshot, or that the broker is gone. */
  synchronized void state(byte[] message) {
    state = message;
    notifyAll();
  }

  synchronized void happening(byte[] message) {
    if (happenings.size() == Audience.RECENT_MAX) {
      happenings.removeFirst();
    }
    happenings.addLast(message);
    notifyAll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Ends the connection of a browser that has read nothing for too long. */
  synchronized void endIfStuck() {
    if (writingSince != 0 && System.nanoTime() - writingSince > STUCK_NANOS) {
      thread.interrupt();
    }
  }

  /** Writes until the browser goes. */
  void follow(OutputStream out) throws IOException, InterruptedException {
    for (byte[] message = next(); message != null; message = next()) {
      setWriting(true);
      out.write(message);
      out.flush();
      setWriting(false);
    }
  }

  private synchronized void setWriting(boolean writes) {
    writingSince = writes ? System.nanoTime() : 0;
  }

  /**
   * The next message: after some quiet time a comment, which shows whether the browser is there.
   */
  private synchronized byte[] next() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS);
    while (!closed && state == null && happenings.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return COMMENT;
      }
      wait(left);
    }
    if (closed) {
      return null;
    }
    if (!happenings.isEmpty()) {
      return happenings.removeFirst();
    }
    byte[] now = state;
    state = null;
    return now;
  }
}
