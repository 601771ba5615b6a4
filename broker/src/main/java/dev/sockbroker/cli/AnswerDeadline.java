package dev.sockbroker.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a channel if nothing comes while something is owed: a blocking {@link
 * java.nio.channels.SocketChannel} waits for ever, and a broker that is stopped by a signal still
 * lets clients connect. Safe for any thread.
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

  /** Starts to look after a channel; nothing is owed yet. */
  static AnswerDeadline of(Channel channel, Duration patience) {
    AnswerDeadline deadline = new AnswerDeadline(channel, patience);
    Thread watchdog = new Thread(deadline::watch, "answer-deadline");
    watchdog.setDaemon(true);
    watchdog.start();
    return deadline;
  }

  /** From now on something is owed. */
  synchronized void begin() {
    since = System.nanoTime();
    owed = true;
    notifyAll();
  }

  /** Some of it came, so the rest has the whole time again. */
  synchronized void progress() {
    since = System.nanoTime();
  }

  /** Nothing is owed any more. */
  synchronized void end() {
    owed = false;
  }

  /** Whether it was this that closed the channel. */
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
