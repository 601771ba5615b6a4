package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.SessionProxy.Delivery;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.protocol.Errno;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A session's second connection, on which nothing but fds goes to the client. Those of one reply
 * are sent when the client has taken those of the last: what lies unread in a Unix socket counts
 * against the broker's own limit of open files. Loop thread only.
 */
final class FdOutbox {
  /** How many replies may wait for a client that does not take the last fds. */
  private static final int WAITING_MAX = 64;

  /** How soon it is looked whether they were taken, which the kernel tells nobody; then later. */
  private static final int RETRY_MILLIS = 1;

  private static final int RETRY_MILLIS_MAX = 64;

  private final Kernel kernel;
  private final Channel channel;
  private final Account account;
  private final ArrayDeque<Passing> waiting = new ArrayDeque<>();
  private int retryMillis = RETRY_MILLIS;
  private boolean retrying;
  private boolean closed;
  private boolean released;

  /** The fds of one reply, of which there is no copy: the originals may be gone at their turn. */
  private record Passing(long requestId, Supplier<int[]> fds, Delivery passed) {}

  /**
   * @param account of the session, which is charged for the connection
   */
  FdOutbox(Kernel kernel, Channel channel, Account account) {
    this.kernel = kernel;
    this.channel = channel;
    this.account = account;
    account.charge(Resource.FILE_DESCRIPTORS, 1);
  }

  /** The caller is told when the fds have gone, or never will. */
  void pass(long requestId, Supplier<int[]> fds, Delivery passed) {
    if (isClosed()) {
      passed.done(false);
      return;
    }
    waiting.add(new Passing(requestId, fds, passed));
    passWaiting();
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
    int[] fds = passing.fds.get();
    if (fds == null) {
      passing.passed.done(false);
      return;
    }
    int answer = 0;
    for (int fd : fds) {
      answer = answer < 0 ? answer : kernel.pass(fd(), passing.requestId, fd);
    }
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
  boolean isClosed() {
    return closed || !channel.isActive();
  }

  private int fd() {
    return ((UnixChannel) channel).fd().intValue();
  }

  /** The connection is closed: what waits will never go, and its fd is free. */
  void onClosed() {
    if (!released) {
      released = true;
      account.release(Resource.FILE_DESCRIPTORS, 1);
    }
    fail();
  }

  private void fail() {
    closed = true;
    for (Passing passing = waiting.poll(); passing != null; passing = waiting.poll()) {
      passing.passed.done(false);
    }
  }

  void close() {
    fail();
    channel.close();
  }

  /** What keeps a session from getting fds, 0 if nothing. */
  int refusal() {
    return isClosed() ? Errno.ENOTCONN : waiting.size() >= WAITING_MAX ? Errno.ENOBUFS : 0;
  }
}
