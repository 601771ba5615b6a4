package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * An event object of this session. The broker sets it when it records an event for a socket that
 * was registered with it by {@link SharedSocket#eventSelect} (contract, rules 40 and 42). It stays
 * set until {@link SharedSocket#enumNetworkEvents(EventObject)} or {@link #reset} resets it. It can
 * serve many sockets. {@link Broker#createEvent} makes one. Any thread may call any method.
 */
public final class EventObject implements AutoCloseable {
  private final Session session;
  private final long id;
  private volatile Runnable onSignalled;

  EventObject(Session session, long id) {
    this.session = session;
    this.id = id;
  }

  /** The object's id, as in {@link RegistrationInfo#eventObject}. It is valid in this session. */
  public long id() {
    return id;
  }

  /**
   * Waits until the object is set, without a time limit.
   *
   * @throws BrokerException EINVAL if the object is closed; ECANCELED if it is closed meanwhile
   */
  public void await() throws IOException {
    session.call(waiting(null));
  }

  /**
   * Waits until the object is set.
   *
   * @param timeout the longest wait, rounded up to milliseconds; zero checks without waiting;
   *     {@link Broker#FOREVER} is allowed
   * @throws java.net.SocketTimeoutException if it is not set within that time
   * @throws BrokerException as in {@link #await()}
   * @throws IllegalArgumentException if the time is negative
   */
  public void await(Duration timeout) throws IOException {
    session.call(waiting(Timeouts.millis(timeout)));
  }

  /** The asynchronous form of {@link #await()}. */
  public CompletableFuture<Void> awaitAsync() {
    return session.callAsync(waiting(null));
  }

  /**
   * Sets the object (rule 42).
   *
   * @throws BrokerException EINVAL if the object is closed
   */
  public void set() throws IOException {
    session.call(Operation.plain(new Request.SetEvent(id), null));
  }

  /**
   * Resets the object (rule 42). Recorded events stay recorded.
   *
   * @throws BrokerException EINVAL if the object is closed
   */
  public void reset() throws IOException {
    session.call(Operation.plain(new Request.ResetEvent(id), null));
  }

  /**
   * Sets the callback for when the object changes from reset to set. It runs on the broker's
   * executor, in order with the session's other callbacks. A later call replaces it; null removes
   * it.
   */
  public void onSignalled(Runnable callback) {
    onSignalled = callback;
  }

  /**
   * Closes the object and drops the registrations that use it (rule 42). A second close has no
   * effect.
   */
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

  /** Called on the thread that reads. */
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
