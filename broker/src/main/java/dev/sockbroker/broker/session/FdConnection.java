package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Kernel;
import dev.sockbroker.broker.core.RefusedException;
import dev.sockbroker.broker.core.SessionProxy.Delivery;
import dev.sockbroker.protocol.Errno;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A session's second connection, on which nothing but fds goes to the client. Those of one reply
 * are sent when the client has taken those of the last: what lies unread in a Unix socket counts
 * against the broker's own limit of open files. Loop thread only.
 */
final class FdConnection {
  /** How many replies' fds may wait for a client that does not take the last ones. */
  private static final int WAITING_MAX = 64;

  /** How soon it is looked whether they were taken, which the kernel tells nobody; then later. */
  private static final int RETRY_MILLIS = 1;

  private static final int RETRY_MILLIS_MAX = 64;

  private final Kernel kernel;
  private final Channel channel;
  private final ArrayDeque<Passing> waiting = new ArrayDeque<>();
  private int retryMillis = RETRY_MILLIS;
  private boolean retrying;
  private boolean closed;

  /** The fds of one reply; duplicates, since the originals may be closed while these wait. */
  private record Passing(long requestId, int[] fds, Delivery passed) {}

  FdConnection(Kernel kernel, Channel channel) {
    this.kernel = kernel;
    this.channel = channel;
  }

  /**
   * The fds stay the caller's, who is told when they have gone, or never will.
   *
   * @throws RefusedException EMFILE if the broker cannot have more
   */
  void pass(long requestId, int[] fds, Delivery passed) {
    if (isClosed()) {
      passed.done(false);
      return;
    }
    waiting.add(new Passing(requestId, duplicates(fds), passed));
    passWaiting();
  }

  private int[] duplicates(int[] fds) {
    int[] duplicates = new int[fds.length];
    int count = 0;
    try {
      while (count < fds.length) {
        duplicates[count] = kernel.duplicate(fds[count]);
        count++;
      }
      return duplicates;
    } catch (RefusedException e) {
      closeAll(Arrays.copyOf(duplicates, count));
      throw e;
    }
  }

  private void passWaiting() {
    while (!waiting.isEmpty() && !isClosed()) {
      if (!kernel.isTaken(fd())) {
        retryLater();
        return;
      }
      retryMillis = RETRY_MILLIS;
      send(waiting.poll());
    }
  }

  private void send(Passing passing) {
    int answer = 0;
    for (int fd : passing.fds) {
      answer = answer < 0 ? answer : kernel.pass(fd(), passing.requestId, fd);
    }
    closeAll(passing.fds);
    passing.passed.done(answer == 0);
    if (answer < 0) {
      // Some of one reply may have gone, and the client could not tell which: it is over.
      close();
    }
  }

  private void retryLater() {
    if (!retrying) {
      retrying = true;
      channel.eventLoop().schedule(this::onRetry, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, RETRY_MILLIS_MAX);
    }
  }

  private void onRetry() {
    retrying = false;
    passWaiting();
  }

  /** From the moment on that its number may be another connection's: the end is told later. */
  private boolean isClosed() {
    return closed || !channel.isActive();
  }

  private int fd() {
    return ((UnixChannel) channel).fd().intValue();
  }

  private void closeAll(int[] fds) {
    for (int fd : fds) {
      kernel.close(fd);
    }
  }

  /** The connection has ended: what waits will never go. */
  void onClosed() {
    closed = true;
    for (Passing passing = waiting.poll(); passing != null; passing = waiting.poll()) {
      closeAll(passing.fds);
      passing.passed.done(false);
    }
  }

  void close() {
    onClosed();
    channel.close();
  }

  /** What keeps a session from getting fds, 0 if nothing. */
  int refusal() {
    return isClosed() ? Errno.ENOTCONN : waiting.size() >= WAITING_MAX ? Errno.ENOBUFS : 0;
  }
}
