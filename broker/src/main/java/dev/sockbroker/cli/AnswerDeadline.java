package dev.sockbroker.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a channel if an expected answer does not arrive in time. A blocking {@link
 * java.nio.channels.SocketChannel} waits without a limit, and a stopped broker (SIGSTOP) still lets
 * clients connect. Thread-safe.
 */
final class AnswerDeadline implements Closeable {
  private final Channel channel;
  private final long nanos;
  private long since;
  private boolean owed;
  private boolean expired;
  private boolean closed;

  private AnswerDeadline(Channel channel, Duration patience) {
    this.channel = channel;
    this.nanos = patience.toNanos();
  }

  /** Starts watching a channel. No answer is expected yet. */
  static AnswerDeadline of(Channel channel, Duration patience) {
    AnswerDeadline deadline = new AnswerDeadline(channel, patience);
    Thread watchdog = new Thread(deadline::watch, "answer-deadline");
    watchdog.setDaemon(true);
    watchdog.start();
    return deadline;
  }

  /** An answer is expected from now on. */
  synchronized void begin() {
    since = System.nanoTime();
    owed = true;
    notifyAll();
  }

  /** Part of the answer arrived, so the deadline starts again. */
  synchronized void progress() {
    since = System.nanoTime();
  }

  /** No answer is expected any more. */
  synchronized void end() {
    owed = false;
  }

  /** Whether the channel was closed because the deadline passed. */
  synchronized boolean isExpired() {
    return expired;
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  private synchronized void watch() {
    try {
      while (!closed && !expired) {
        long left = nanos - (System.nanoTime() - since);
        if (!owed) {
          wait();
        } else if (left > 0) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        } else {
          expired = true;
          channel.close();
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError("nobody knows this thread", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
