package dev.sockbroker.client;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Accepts connections on a listener, and leaves it without losing one: {@link #drain} accepts
 * nothing more, lets the connections in work finish, and then returns. A worker calls it from a
 * shutdown hook, so that SIGTERM ends the worker in this way:
 *
 * <pre>{@code
 * Acceptor acceptor = new Acceptor(listener, Duration.ofSeconds(30));
 * Runtime.getRuntime().addShutdownHook(new Thread(acceptor::close));
 * }</pre>
 *
 * <p>A connection is in work from the moment in which the broker accepts it until its descriptor is
 * closed here, revoked, or lost with the session. Connections that were not accepted stay in the
 * listener's queue for the next worker, if the listener has another holder or a retention
 * (contract, rules 12 and 19). Without one they are reset, as with any listener.
 *
 * <p>Any thread may call any method.
 */
public final class Acceptor implements AutoCloseable {
  private final SharedSocket listener;
  private final Duration limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The accepts under way, and one for the open listener. Guarded by {@link #lock}. */
  private int accepting = 1;

  /** Accepted and not closed. Guarded by {@link #lock}. */
  private final Set<SharedSocket> inWork = new HashSet<>();

  /**
   * Makes an acceptor for a listener, which {@link #drain} closes.
   *
   * @param limit how long {@link #drain} waits at most; {@link Broker#FOREVER} is allowed
   * @throws IllegalArgumentException if the limit is negative
   */
  public Acceptor(SharedSocket listener, Duration limit) {
    Timeouts.millis(limit);
    this.listener = Objects.requireNonNull(listener, "listener");
    this.limit = limit;
    listener.ended().thenRun(() -> onAccepted(null));
  }

  /**
   * Accepts a connection like {@link SharedSocket#accept()}. The caller closes it when its work is
   * done.
   *
   * @throws java.nio.channels.AsynchronousCloseException if the listener is drained meanwhile
   * @throws java.nio.channels.ClosedChannelException if it was drained before
   */
  public SharedSocket accept() throws IOException {
    return accept(null);
  }

  /**
   * Like {@link #accept()}, but waits at most that long, as {@link SharedSocket#accept(Duration)}
   * does. With {@link Duration#ZERO} it is for callbacks of ACCEPT.
   *
   * @param timeout null to follow the blocking mode
   */
  public SharedSocket accept(Duration timeout) throws IOException {
    onAccepting();
    SharedSocket accepted = null;
    try {
      accepted = listener.accept(timeout);
      return accepted;
    } finally {
      onAccepted(accepted);
    }
  }

  /** The asynchronous form of {@link #accept()}. */
  public CompletableFuture<SharedSocket> acceptAsync() {
    onAccepting();
    CompletableFuture<SharedSocket> future = listener.acceptAsync();
    future.whenComplete((accepted, failure) -> onAccepted(accepted));
    return future;
  }

  private void onAccepting() {
    lock.lock();
    accepting++;
    lock.unlock();
  }

  /**
   * The accept is over, or the listener is closed.
   *
   * @param accepted null if it is not an accept that succeeded
   */
  private void onAccepted(SharedSocket accepted) {
    lock.lock();
    accepting--;
    if (accepted != null) {
      inWork.add(accepted);
    }
    changed.signalAll();
    lock.unlock();
    if (accepted != null) {
      accepted.ended().thenRun(() -> onClosed(accepted));
    }
  }

  private void onClosed(SharedSocket accepted) {
    lock.lock();
    inWork.remove(accepted);
    changed.signalAll();
    lock.unlock();
  }

  /**
   * Closes the listener's descriptor and waits until no connection is in work. Accepts that wait
   * end with an exception, unless they have got a connection; then it is in work. After the time
   * limit, or when this thread is interrupted, the connections that are left are closed, without
   * waiting for the broker. A later call waits in the same way, also while another one waits.
   *
   * @return whether all connections were finished; false if some were cut off
   * @throws IllegalStateException in a callback on the library's own thread, which would wait for
   *     itself
   */
  public boolean drain() {
    listener.checkMayWait();
    listener.closeAsync();
    boolean finished = awaitFinished();
    if (!finished) {
      unfinished().forEach(SharedSocket::closeAsync);
    }
    return finished;
  }

  /** Calls {@link #drain}. */
  @Override
  public void close() {
    drain();
  }

  private boolean awaitFinished() {
    long nanos = Timeouts.nanos(limit);
    lock.lock();
    try {
      while (nanos > 0 && (accepting > 0 || !inWork.isEmpty())) {
        nanos = changed.awaitNanos(nanos);
      }
      return accepting == 0 && inWork.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private List<SharedSocket> unfinished() {
    lock.lock();
    try {
      return List.copyOf(inWork);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the listener's text, for instance {@code Acceptor[d42 tcp "web" 127.0.0.1:8080]}. */
  @Override
  public String toString() {
    return "Acceptor[" + listener + "]";
  }
}
