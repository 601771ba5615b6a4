package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.core.SessionProxy.Passing;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.protocol.Errno;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * A session's second connection, which only passes fds to the client. The fds of a reply are sent
 * after the client has received those of the previous reply, because fds that are unread in a Unix
 * socket count against the broker's limit of open files. Loop thread only.
 */
final class FdOutbox {
  /** How many replies may wait while the client does not receive earlier fds. */
  private static final int WAITING_MAX = 64;

  /**
   * The first interval between checks whether the client has received the fds, which the kernel
   * does not report. Later intervals are longer.
   */
  private static final int RETRY_MILLIS = 1;

  private static final int RETRY_MILLIS_MAX = 64;

  private final Kernel kernel;
  private final ClientConnection connection;
  private final ConnectionLoop io;
  private final Account account;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int retryMillis = RETRY_MILLIS;
  private boolean retrying;

  /** How many fds that wait another broker has passed. */
  private int passed;

  /** Notes for the ledger that the session's connection has changed. */
  private Runnable changed = () -> {};

  private boolean closed;
  private boolean released;

  /**
   * The fds of one reply. They are not duplicated, so they may be closed before it is their turn.
   */
  private record Waiting(long requestId, Passing passing) {}

  /**
   * @param account the session's account, which is charged for the connection
   */
  private FdOutbox(Kernel kernel, ClientConnection connection, ConnectionLoop io, Account account) {
    this.kernel = kernel;
    this.connection = connection;
    this.io = io;
    this.account = account;
  }

  /**
   * @throws RefusedException if the session may not have one more fd
   */
  static FdOutbox open(
      Kernel kernel, ClientConnection connection, ConnectionLoop io, Account account) {
    account.charge(Resource.FILE_DESCRIPTORS, 1);
    return new FdOutbox(kernel, connection, io, account);
  }

  static FdOutbox restore(
      Kernel kernel, ClientConnection connection, ConnectionLoop io, Account account) {
    account.force(Resource.FILE_DESCRIPTORS, 1);
    return new FdOutbox(kernel, connection, io, account);
  }

  SavedConnection.FdConnection save(Saving saving) {
    return new SavedConnection.FdConnection(
        connection.file(),
        connection.output(),
        waiting.stream()
            .map(it -> new SavedConnection.Passing(it.requestId, it.passing.save(saving)))
            .toList(),
        passed);
  }

  /** Adds what another broker was asked to pass. */
  void add(SavedConnection.FdConnection saved, Restoring restoring) {
    for (SavedConnection.Passing it : saved.waiting()) {
      waiting.add(new Waiting(it.requestId(), restoring.passing(it.delivery())));
    }
    passed = saved.passed();
  }

  /** Passes what waits. */
  void resume() {
    connection.resume();
    connection.reading(true);
    passWaiting();
  }

  /**
   * Sends fds when it is their turn. The caller is notified when they were sent or never will be.
   */
  void pass(long requestId, Passing passing) {
    if (isClosed()) {
      passing.done(false);
      return;
    }
    waiting.add(new Waiting(requestId, passing));
    changed.run();
    // In a task, because the state must know of it first.
    io.loop().execute(this::passWaiting);
  }

  /** Sets what notes that it has changed. */
  void onChange(Runnable note) {
    changed = note;
    connection.onChange(note);
    connection.onSent(note);
  }

  private void passWaiting() {
    if (!waiting.isEmpty()) {
      io.ledger().update();
    }
    while (!waiting.isEmpty() && !isClosed()) {
      if (!kernel.isTaken(connection.fd())) {
        retryLater();
        return;
      }
      retryMillis = RETRY_MILLIS;
      changed.run();
      send(waiting.poll());
    }
  }

  private void send(Waiting first) {
    int[] fds = first.passing.fds();
    if (fds == null) {
      first.passing.done(false);
      return;
    }
    int answer = 0;
    for (int fd : fds) {
      if (passed > 0) {
        passed--;
      } else {
        answer = answer < 0 ? answer : kernel.pass(connection.fd(), first.requestId, fd);
      }
    }
    first.passing.done(answer == 0);
    if (answer < 0) {
      // Some fds of this reply may have been sent, and the client cannot know which. So the
      // connection ends.
      close();
    }
  }

  private void retryLater() {
    if (!retrying) {
      retrying = true;
      io.loop().schedule(this::onRetry, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, RETRY_MILLIS_MAX);
    }
  }

  private void onRetry() {
    retrying = false;
    passWaiting();
  }

  /**
   * Whether the connection is closed. True as soon as its fd may belong to another connection; the
   * end is reported later.
   */
  boolean isClosed() {
    return closed || !connection.isOpen();
  }

  /** Fails everything that waits and releases the charge, because the connection is closed. */
  void onClosed() {
    if (!released) {
      released = true;
      account.release(Resource.FILE_DESCRIPTORS, 1);
    }
    fail();
  }

  private void fail() {
    closed = true;
    changed.run();
    for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
      next.passing.done(false);
    }
  }

  void close() {
    fail();
    connection.close();
  }

  /** The errno with which a request for fds must be refused, or 0. */
  int refusal() {
    return isClosed() ? Errno.ENOTCONN : waiting.size() >= WAITING_MAX ? Errno.ENOBUFS : 0;
  }
}
