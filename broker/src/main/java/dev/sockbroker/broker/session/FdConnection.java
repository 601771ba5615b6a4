package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Kernel;
import dev.sockbroker.broker.core.SessionProxy.Delivery;
import dev.sockbroker.protocol.Errno;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * A session's second connection, on which nothing but fds goes to the client. Those of one reply
 * are sent when the client has taken those of the last: what lies unread in a Unix socket counts
 * against the broker's own limit of open files. Loop thread only.
 */
final class FdConnection {
  /** How many replies' fds may wait for a client that does not take the last ones. */
  private static final int WAITING_MAX = 64;

  /** How often it is looked whether they were taken, which the kernel tells nobody. */
  private static final int RETRY_MILLIS = 1;

  private final Kernel kernel;
  private final Channel channel;
  private final ArrayDeque<Passing> waiting = new ArrayDeque<>();
  private boolean retrying;
  private boolean closed;

  /** The fds of one reply; duplicates, since the originals may be closed while these wait. */
  private record Passing(long requestId, int[] fds, Delivery passed) {}

  FdConnection(Kernel kernel, Channel channel) {
    this.kernel = kernel;
    this.channel = channel;
  }

  /** The fds stay the caller's, who is told when they have gone, or never will. */
  void pass(long requestId, int[] fds, Delivery passed) {
    if (closed) {
      passed.done(false);
      return;
    }
    int[] duplicates = new int[fds.length];
    for (int i = 0; i < fds.length; i++) {
      duplicates[i] = kernel.duplicate(fds[i]);
    }
    waiting.add(new Passing(requestId, duplicates, passed));
    passWaiting();
  }

  private void passWaiting() {
    while (!waiting.isEmpty() && !closed) {
      if (!kernel.isTaken(fd())) {
        retryLater();
        return;
      }
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
      channel.close();
    }
  }

  private void retryLater() {
    if (!retrying) {
      retrying = true;
      channel.eventLoop().schedule(this::onRetry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void onRetry() {
    retrying = false;
    passWaiting();
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
    channel.close();
  }

  /** What keeps a session from getting fds, 0 if nothing. */
  int refusal() {
    return closed ? Errno.ENOTCONN : waiting.size() >= WAITING_MAX ? Errno.ENOBUFS : 0;
  }
}
