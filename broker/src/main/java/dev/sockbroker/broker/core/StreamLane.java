package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Right;
import io.netty.buffer.ByteBuf;

/**
 * A Unix connection of a client that carries the bytes of one descriptor's socket and nothing else.
 * It serves each direction for which the descriptor has the right. The socket's bytes stay in the
 * kernel until the client's connection has room for them.
 */
final class StreamLane implements Lane, Notice, Durable {
  /**
   * The maximum size of one receive and one send. The bytes are copied twice, and the second copy
   * is quick while they are in the CPU's nearest caches.
   */
  static final int CHUNK_BYTES = 32 << 10;

  /** The number of bytes after which other sockets get their turn. */
  static final int BURST_BYTES = 256 << 10;

  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final Environment environment;
  private final SingleUseKeys<StreamLane> keys;
  private final Runnable released;
  private final ReceiveStream receive;
  private final SendStream send;

  /** Null until the client has connected. */
  private final Change change;

  private KernelSocket connection;

  private int armed;
  private boolean detached;
  private boolean closed;

  /** Whether the client has closed its end. */
  private boolean left;

  /**
   * @param held the requests that wait for bytes of this stream
   * @param keys has the key until the client has connected
   * @param released runs when it has been closed
   */
  StreamLane(
      Descriptor descriptor,
      Environment environment,
      HeldRequests held,
      SingleUseKeys<StreamLane> keys,
      Changes changes,
      Runnable released) {
    change = changes.of(this);
    change.note();
    this.descriptor = descriptor;
    this.environment = environment;
    this.keys = keys;
    this.released = released;
    socket = descriptor.socket;
    receive = descriptor.rights.contains(Right.RECV) ? new ReceiveStream(this) : null;
    send = descriptor.rights.contains(Right.SEND) ? new SendStream(this, held) : null;
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.STREAM;
  }

  @Override
  public long key() {
    return descriptor.id;
  }

  @Override
  public Record toWrite(Saving saving) {
    return closed || !socket.lanes().has(this) ? null : save(saving);
  }

  /** Notes for the ledger that it has changed. */
  Change change() {
    return change;
  }

  SavedStream save(Saving saving) {
    return new SavedStream(
        saving.idOf(descriptor),
        keys.of(this),
        connection == null ? null : connection.save(),
        detached,
        receive == null ? null : receive.save(),
        send == null ? null : send.save());
  }

  void restore(SavedStream saved) {
    detached = saved.detached();
    if (receive != null && saved.receive() != null) {
      receive.restore(saved.receive());
    }
    if (send != null && saved.send() != null) {
      send.restore(saved.send());
    }
    if (saved.connection() != null) {
      use(environment.kernel().adopt(saved.connection()));
    }
  }

  private void use(KernelSocket of) {
    connection = of;
    change.note();
    connection.onReady(this::onConnectionReady);
  }

  /**
   * Begins to move bytes.
   *
   * @param of the client's connection, which this lane owns from now on
   * @param early what the client has already sent on it; this lane releases it
   */
  void connect(KernelSocket of, ByteBuf early) {
    if (send == null) {
      early.release();
      of.shutdown(Direction.RECEIVE);
    } else {
      send.keep(early);
    }
    if (receive == null) {
      of.shutdown(Direction.SEND);
    }
    use(of);
    // What is moved from now on is the stream's, no longer the client's.
    environment.ledger().update();
    socket.serveWaiting();
  }

  boolean isConnected() {
    return connection != null && !closed;
  }

  KernelSocket connection() {
    return connection;
  }

  /** Returns the shared memory for one receive, empty. */
  ByteBuf buffer() {
    return environment.scratch().take();
  }

  /** Returns a copy of what is left in the shared memory. */
  ByteBuf copy(ByteBuf rest) {
    int count = rest.readableBytes();
    // The internal view, because a ByteBuf as the source would create two.
    ByteBuf copy =
        environment
            .buffers()
            .directBuffer(count)
            .writeBytes(rest.internalNioBuffer(rest.readerIndex(), count));
    environment.scratch().renew();
    return copy;
  }

  /**
   * Whether the broker may buffer one receive. Otherwise it peeks and takes only what it has
   * delivered, which costs one more call.
   */
  boolean mayKeep() {
    return account().hasRoom(Resource.STREAM_BYTES, CHUNK_BYTES);
  }

  /** The process that may connect to it. */
  Identity identity() {
    return descriptor.session.identity();
  }

  Account account() {
    return descriptor.session.account();
  }

  private void onConnectionReady(int mask) {
    if (closed) {
      return;
    }
    if ((mask & KernelSocket.OUT) != 0 && receive != null) {
      receive.onRoom();
    }
    if ((mask & ~KernelSocket.OUT) != 0 && send != null) {
      send.onReadable(mask);
    }
    if ((mask & (KernelSocket.HUP | KernelSocket.ERR)) != 0) {
      left = true;
      leave();
    }
    socket.serveWaiting();
    int unwanted = mask & armed & ~wanted();
    if (unwanted != 0 && !closed) {
      armed = wanted();
      connection.arm(armed);
    }
  }

  /**
   * Extends what the kernel reports about the connection. It is narrowed after a useless wake-up.
   */
  private void arm() {
    int wanted = wanted();
    if (isConnected() && (wanted & ~armed) != 0) {
      armed |= wanted;
      connection.arm(armed);
    }
  }

  private int wanted() {
    int mask = KernelSocket.RDHUP;
    if (send != null && send.wantsMore()) {
      mask |= KernelSocket.IN;
    }
    if (receive != null && receive.isBlocked() && !detached) {
      mask |= KernelSocket.OUT;
    }
    return mask;
  }

  @Override
  public Descriptor descriptor() {
    return descriptor;
  }

  @Override
  public boolean receives() {
    return receive != null;
  }

  @Override
  public boolean sends() {
    return send != null;
  }

  @Override
  public void onReady(int mask) {
    receive.onReady(mask);
  }

  @Override
  public void pump() {
    if (receive != null && !detached) {
      receive.pump();
    }
    if (send != null && !closed) {
      send.pump();
    }
    arm();
  }

  /** Schedules {@link #pump} in a separate task, so that other sockets get their turn. */
  void pumpLater() {
    socket.serveWaitingLater();
  }

  /** The client learns from its connection what was passed on. */
  @Override
  public void watch() {}

  @Override
  public int interest() {
    return receive.wantsMore() ? KernelSocket.IN | KernelSocket.RDHUP | KernelSocket.PRI : 0;
  }

  @Override
  public boolean isSendBlocked() {
    return send.isBlocked();
  }

  @Override
  public boolean isDraining() {
    return send.isDraining();
  }

  @Override
  public boolean isDetached() {
    return detached;
  }

  /** What was not passed on is in the socket. */
  @Override
  public long queuedIn() {
    return 0;
  }

  @Override
  public void endSending(int errno) {
    send.end(errno);
  }

  /** The client gets EPIPE when it writes, and is told why. */
  void onSendEnded() {
    if (isConnected()) {
      if (!detached) {
        connection.shutdown(Direction.RECEIVE);
      }
      send.discard();
    }
    report();
  }

  /** Detaches for a client that has closed its end. It is told how its stream ended first. */
  private void leave() {
    if (left && !isReportDue()) {
      detach();
    }
  }

  private boolean isReportDue() {
    return receive != null && receive.end().isReportDue()
        || send != null && send.end().isReportDue();
  }

  /** Whether it will pass on whatever the socket has now. */
  boolean isPassingOn() {
    return receive != null && !detached && receive.wantsMore();
  }

  /** Tells the client how a direction has ended, as soon as it reads. */
  void report() {
    Session session = descriptor.session;
    if (detached || session.isEnded()) {
      return;
    }
    if (session.isWritable()) {
      tell(session.proxyToFlush());
    } else {
      session.notice(this);
    }
  }

  @Override
  public void deliver(SessionProxy proxy) {
    tell(proxy);
    if (left) {
      leaveLater();
    }
  }

  private void tell(SessionProxy proxy) {
    change.note();
    if (receive != null) {
      report(proxy, Direction.RECEIVE, receive.end().takeReport());
    }
    if (send != null) {
      report(proxy, Direction.SEND, send.end().takeReport());
    }
  }

  private void report(SessionProxy proxy, Direction direction, Integer error) {
    if (error != null) {
      proxy.event(0, new Event.StreamEnded(descriptor.id, direction, error));
    }
  }

  @Override
  public SavedSession.Notice save() {
    return new SavedSession.Notice(SavedSession.Notice.Kind.STREAM, descriptor.id);
  }

  /** Detaches in a separate task, because the client has closed its end. */
  void leaveLater() {
    environment
        .loop()
        .execute(
            () -> {
              detach();
              socket.serveWaiting();
            });
  }

  @Override
  public void detach() {
    if (detached) {
      return;
    }
    if (receive != null) {
      receive.takeOwed();
    }
    detached = true;
    change.note();
    descriptor.session.forget(this);
    if (isConnected()) {
      // The client reads what was passed on and then the end. It can write nothing more, and what
      // it has written is still there.
      connection.shutdown(Direction.BOTH);
    }
    socket.lanes().detached(this);
    if (send == null || !isConnected()) {
      close();
    } else {
      send.drain();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    change.note();
    detached = true;
    if (send != null) {
      send.close();
    }
    socket.lanes().closed(this);
    if (connection != null) {
      connection.close();
    }
    keys.drop(this);
    released.run();
  }
}
