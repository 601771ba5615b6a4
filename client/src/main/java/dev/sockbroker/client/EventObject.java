package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * An event object of this session: the broker sets it when an event is recorded for a socket that
 * was registered with it by {@link SharedSocket#eventSelect} (contract, rules 40 and 42). It stays
 * set until it is reset, by {@link SharedSocket#enumNetworkEvents(EventObject)} or by hand, and may
 * serve many sockets. {@link Broker#createEvent} makes one. Safe for any thread.
 */
public final class EventObject implements AutoCloseable {
  private final Session session;
  private final long id;
  private volatile Runnable onSignalled;

  EventObject(Session session, long id) {
    this.session = session;
    this.id = id;
  }

  /** As the broker's list shows it. */
  public long id() {
    return id;
  }

  /** Waits until it is set, for ever. */
  public void await() throws IOException {
    session.call(waiting(null));
  }

  /**
   * Waits until it is set.
   *
   * @param timeout at most this long; zero looks and does not wait
   * @throws java.net.SocketTimeoutException if it was not set within that time
   */
  public void await(Duration timeout) throws IOException {
    session.call(waiting(Timeouts.millis(timeout)));
  }

  /** Completes when it is set. */
  public CompletableFuture<Void> awaitAsync() {
    return session.callAsync(waiting(null));
  }

  /** Sets it by hand. */
  public void set() throws IOException {
    session.call(Operation.plain(new Request.SetEvent(id), null));
  }

  /** Resets it by hand; what is recorded stays recorded. */
  public void reset() throws IOException {
    session.call(Operation.plain(new Request.ResetEvent(id), null));
  }

  /**
   * Who is told when it changes from reset to set. Runs on the broker's executor, in order with the
   * other callbacks of the session. Another call replaces it; null ends it.
   */
  public void onSignalled(Runnable callback) {
    onSignalled = callback;
  }

  /** Closes it and drops the registrations that use it. A second close does nothing. */
  @Override
  public void close() throws IOException {
    Closing.close(
        session,
        new Operation<>(
            new Request.CloseEvent(id),
            null,
            null,
            (reply, payload) -> {
              session.events().onClosed(this);
              return null;
            }));
  }

  /** On the thread that reads. */
  void onSignal(Executor callbacks) {
    Runnable callback = onSignalled;
    if (callback != null) {
      callbacks.execute(callback);
    }
  }

  private Operation<Void> waiting(Long timeoutMillis) {
    return Operation.plain(new Request.WaitEvents(List.of(id), false, timeoutMillis), null);
  }

  static Operation<EventObject> creating(Session session) {
    return new Operation<>(
        new Request.CreateEvent(),
        null,
        null,
        (reply, payload) -> {
          EventObject object = new EventObject(session, ((Reply.EventObject) reply).object());
          session.events().onCreated(object);
          return object;
        });
  }

  @Override
  public String toString() {
    return "e" + id;
  }
}
