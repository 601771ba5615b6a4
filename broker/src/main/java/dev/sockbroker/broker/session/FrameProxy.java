package dev.sockbroker.broker.session;

import static dev.sockbroker.broker.core.Resource.FILE_DESCRIPTORS;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.core.Session;
import dev.sockbroker.broker.core.SessionProxy;
import dev.sockbroker.broker.core.SingleUseKeys;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.broker.policy.Units;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedConnection.Delivered;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Writes replies and events as frames. Loop thread only. */
final class FrameProxy implements SessionProxy {
  /** How long an ending session has to read its last frames. */
  private static final int CLOSE_SECONDS = 5;

  /** How much a client may have sent before it learns that it was refused. */
  private static final int DRAIN_BYTES = 64 << 10;

  /** The connection and the pidfd of the client. */
  private static final int FDS = 2;

  private final ClientConnection connection;
  private final ScheduledExecutorService loop;
  private final Identity identity;
  private final Kernel kernel;
  private final FrameCodec codec;
  private final SingleUseKeys<FrameProxy> fdKeys;

  private Session session;
  private Unread unread;
  private FdOutbox fds;
  private boolean closing;

  /** Notes for the ledger that the connection has changed. */
  private Runnable changed = () -> {};

  /** Notes for the ledger that a frame was written. */
  private Runnable written = () -> {};

  /** Whether the connection is charged to the session until it is closed. */
  private boolean closingLater;

  /**
   * Ends the session of a process that has lost its connection. Null while there is a connection.
   */
  private Runnable endWithoutConnection;

  FrameProxy(ClientConnection connection, Identity identity, Kernel kernel, LoopShared shared) {
    this.connection = connection;
    this.identity = identity;
    this.kernel = kernel;
    loop = shared.connections().loop();
    codec = shared.codec();
    fdKeys = shared.fdKeys();
    connection.atEnd(this::onConnectionEnded);
  }

  /** Sets what notes that the connection has changed. */
  void onChange(Runnable note) {
    changed = note;
  }

  /** Sets what notes that a frame was written. */
  void onWrite(Runnable note) {
    written = note;
  }

  ClientConnection connection() {
    return connection;
  }

  @Override
  public Subject subject() {
    Kernel.Peer peer = kernel.peer(connection.fd(), identity.pid());
    return new Subject(identity.uid(), peer.groups(), Units.of(peer.cgroup()));
  }

  /** The session's account. */
  Account account() {
    return session.account();
  }

  /**
   * @param onTooMuchUnread ends the session
   */
  void begin(Session begun, Consumer<RefusedException> onTooMuchUnread) {
    session = begun;
    unread = new Unread(connection, begun.account(), loop, onTooMuchUnread);
  }

  private void onConnectionEnded() {
    if (unread != null) {
      unread.release();
    }
    if (closingLater) {
      closingLater = false;
      account().release(FILE_DESCRIPTORS, FDS);
    }
  }

  Identity identity() {
    return identity;
  }

  /** Sets the client's fd connection and closes the former one. */
  void fdOutbox(FdOutbox outbox) {
    if (fds != null) {
      fds.close();
    }
    fds = outbox;
    outbox.onChange(changed);
    changed.run();
  }

  /** Closes the fd connection of a session that has ended. */
  void closeFdConnection() {
    changed.run();
    fdKeys.drop(this);
    if (fds != null) {
      fds.close();
    }
  }

  @Override
  public String newFdKey() {
    changed.run();
    return fdKeys.make(this);
  }

  @Override
  public void checkTakesFds() {
    int errno = fds == null ? Errno.ENOTCONN : fds.refusal();
    if (errno == Errno.ENOTCONN) {
      throw new RefusedException(errno, "this session has no fd connection; open one first");
    } else if (errno != 0) {
      throw new RefusedException(
          errno, "too many fds are waiting to be received on the fd connection");
    }
  }

  @Override
  public void pass(long requestId, Passing passing) {
    fds.pass(requestId, passing);
  }

  @Override
  public void reply(long requestId, Reply reply) {
    write(requestId, reply, 0, null);
  }

  @Override
  public void reply(long requestId, Reply reply, Delivery delivery) {
    write(requestId, reply, 0, delivery);
  }

  @Override
  public void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery) {
    if (payload.isReadable()) {
      write(requestId, reply, payload.readableBytes(), null);
      connection.write(payload, delivery);
    } else {
      payload.release();
      write(requestId, reply, 0, delivery);
    }
  }

  @Override
  public void event(long requestId, Event event) {
    write(requestId, event, 0, null);
  }

  private void write(long requestId, Message message, int payloadLength, Delivery delivery) {
    written.run();
    connection.write(codec.encode(requestId, message, payloadLength), delivery);
  }

  /**
   * Saves what the kernel has not taken. Everything must have been flushed.
   *
   * @param input of the connection
   */
  SavedConnection save(Saving saving, Fd pidfd, ByteBuf input, Long patienceNanos) {
    List<Delivered> deliveries = new ArrayList<>();
    connection.forEachDelivery((it, end) -> deliveries.add(new Delivered(end, it.save(saving))));
    return new SavedConnection(
        connection.file(),
        identity.pid(),
        identity.uid(),
        pidfd,
        session == null || session.isEnded() ? 0 : session.id(),
        input,
        patienceNanos,
        connection.output(),
        deliveries,
        fdKeys.of(this),
        fds == null || fds.isClosed() ? null : fds.save(saving),
        !connection.isWritable(),
        connection.alreadySent());
  }

  /** Writes what another broker could not write. */
  void restore(SavedConnection saved, Restoring restoring) {
    if (saved.fdKey() != null) {
      fdKeys.restore(this, saved.fdKey());
    }
    connection.restore(saved.output(), saved.full());
    for (Delivered it : saved.deliveries()) {
      Delivery delivery = restoring.delivery(it.delivery());
      if (delivery != null) {
        connection.restore(delivery, it.end());
      }
    }
  }

  /** Also returns false when the connection has ended, because nobody will read. */
  @Override
  public boolean isWritable() {
    return connection.isWritable() && (unread == null || !unread.isTooMuch());
  }

  @Override
  public void flush() {
    connection.flush();
  }

  /** Charges the session for what its client has not read. */
  void onFlushed() {
    if (unread != null) {
      unread.account();
    }
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    // An fd belongs to a reply, and an ended session gets none. A new broker could not
    // restore the connection without a session.
    closeFdConnection();
    if (endWithoutConnection != null) {
      endWithoutConnection.run();
      return;
    }
    if (!connection.isOpen()) {
      return;
    }
    connection.reading(true);
    if (session != null && session.isWelcomed() && account().hasRoom(FILE_DESCRIPTORS, FDS)) {
      closeLater();
    } else {
      closeNow();
    }
  }

  /**
   * Closes the connection of a refused client as soon as the last frame is in the client's receive
   * buffer. After an upgrade that can take forever, because the client may not read.
   */
  private void closeNow() {
    connection.afterOutput(this::drainAndClose);
    closeInTime();
  }

  /** Closing with unread bytes would reset the connection. */
  private void drainAndClose() {
    connection.drain(DRAIN_BYTES);
    connection.close();
  }

  /** Closes the connection after a delay, so that the client can read the last frames. */
  private void closeLater() {
    account().force(FILE_DESCRIPTORS, FDS);
    closingLater = true;
    connection.afterOutput(connection::shutdownOutput);
    closeInTime();
  }

  private void closeInTime() {
    if (connection.isOpen()) {
      loop.schedule(connection::close, CLOSE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Keeps the session alive without its connection. */
  void onDisconnected(Runnable endSession) {
    endWithoutConnection = endSession;
  }

  /** Closes the connection immediately. */
  void abort() {
    closing = true;
    connection.close();
  }

  /** Whether the session is ending, so that no more requests are accepted. */
  boolean isClosing() {
    return closing;
  }
}
