package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.SessionProxy.Delivery;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection: its socket and what was written to it and not sent. Readiness is
 * edge-triggered, so this class remembers what it was told and did not use. Loop thread only.
 */
public final class ClientConnection {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /**
   * The amount of unread replies after which the broker stops reading a client's requests. It
   * exceeds a typical large receive, because otherwise each such receive would stop and restart
   * reading.
   */
  static final int FULL_BYTES = 512 << 10;

  /** The amount below which it reads them again. */
  static final int ROOM_BYTES = 64 << 10;

  /** The number of written bytes after which a burst of requests is flushed. */
  private static final int FLUSH_BYTES = 64 << 10;

  /** How long to wait when the kernel has no memory, because it does not report when it has. */
  private static final int RETRY_MILLIS = 10;

  private static final int READ = KernelSocket.IN | KernelSocket.RDHUP;

  /** Null if the connection had ended before this object was made. */
  private final KernelSocket socket;

  private final ConnectionLoop io;
  private final int fd;
  private final Unsent unsent;
  private final Deliveries deliveries = new Deliveries();
  private final ReadSize readSize = new ReadSize();
  private final Runnable onWritable = this::onWritable;
  private final ReadShares.Reader reader = this::readAgain;

  private Listener listener;

  /** Null if each send needs a commit. */
  private Answers answers;

  private Runnable atEnd = () -> {};
  private Runnable onChange = () -> {};
  private Runnable onSent = () -> {};
  private boolean open;

  /** How many bytes were written and sent so far. */
  private long written;

  private long sent;

  /** How much of what will be written another broker has sent. */
  private int alreadySent;

  private int unflushed;

  /** Whether nothing may be sent yet, because another broker still owns the connection. */
  private boolean held;

  private boolean flushing;

  /** Whether the kernel has no room. */
  private boolean blocked;

  /** Whether the client reads its replies. */
  private boolean writable = true;

  private boolean outputShut;

  /** What to do once everything is sent, or null. */
  private Runnable afterOutput;

  private boolean reading;

  /** Whether the kernel may have input. */
  private boolean readable;

  /** Whether the end follows the input. */
  private boolean ending;

  /** Whether a read is due in the next pass. */
  private boolean readDue;

  private int armed;

  /** Gets what happens to a connection. */
  interface Listener {
    /**
     * @param bytes whose reference the listener takes over
     */
    void onBytes(ByteBuf bytes);

    /** Called after each attempt to send, even by {@link ClientConnection#flush}. */
    default void onFlushed() {}

    /** The client has read, and may be served again. */
    default void onWritable() {}

    /** The connection has ended. Always a task of its own. */
    void onClosed();
  }

  /**
   * @param socket which this object owns; null for a connection that has ended
   */
  public ClientConnection(KernelSocket socket, ConnectionLoop io) {
    this.socket = socket;
    this.io = io;
    unsent = new Unsent(io.buffers());
    fd = socket == null ? -1 : socket.fd();
    open = socket != null;
    if (open) {
      socket.onReady(this::onReady);
    }
  }

  /** Sets who is told. Nothing is read before {@link #reading}. */
  void listener(Listener of) {
    listener = of;
  }

  /** Sets what notes for the ledger that it has changed. */
  void onChange(Runnable note) {
    onChange = note;
  }

  /** Sets what notes that the kernel has taken bytes. */
  void onSent(Runnable note) {
    onSent = note;
  }

  /** Sets what comes before each send. */
  void answers(Answers of) {
    answers = of;
  }

  /** Runs once at the moment when it ends here. */
  void atEnd(Runnable action) {
    atEnd = action;
  }

  /** Valid while the connection is open. */
  public int fd() {
    return fd;
  }

  public boolean isOpen() {
    return open;
  }

  // ---- writing

  /** Whether the client reads. False when the connection has ended, because nobody will read. */
  boolean isWritable() {
    return open && writable;
  }

  /** The number of bytes that the kernel has not taken. */
  long pendingBytes() {
    return unsent.bytes();
  }

  /** The number of bytes that were sent so far. */
  long sent() {
    return sent;
  }

  /** How much memory the bytes and what waits for them keep. */
  long pendingMemory() {
    return unsent.memory() + deliveries.memory();
  }

  /** Writes a copy of the bytes. */
  public void write(ByteBuffer bytes, Delivery delivery) {
    if (isOver()) {
      failLater(delivery);
      return;
    }
    int count = bytes.remaining();
    unsent.copy(bytes);
    wrote(count, delivery, 0);
  }

  /**
   * Writes bytes and takes over their reference.
   *
   * @param delivery called once with whether the kernel took them, or null
   */
  void write(ByteBuf bytes, Delivery delivery) {
    if (isOver()) {
      bytes.release();
      failLater(delivery);
      return;
    }
    int count = bytes.readableBytes();
    // Bytes that will be copied may live on, because the delivery needs them.
    int kept = count <= Unsent.COPY_BYTES_MAX && bytes.refCnt() > 1 ? bytes.capacity() : 0;
    unsent.add(bytes);
    wrote(count, delivery, kept);
  }

  private boolean isOver() {
    return !open || outputShut;
  }

  /** In a task, because the code that is replying must not be re-entered. */
  private void failLater(Delivery delivery) {
    if (delivery != null) {
      io.loop().execute(() -> Deliveries.tell(delivery, false));
    }
  }

  private void wrote(int count, Delivery delivery, int kept) {
    written += count;
    if (delivery != null) {
      deliveries.add(delivery, written, kept);
    }
    if (unsent.bytes() > FULL_BYTES) {
      writable = false;
    }
    unflushed += count;
  }

  /** Flushes during a burst of requests, instead of buffering all replies. */
  void flushIfMuch() {
    if (unflushed >= FLUSH_BYTES) {
      flush();
    }
  }

  /** Sends as much as the kernel takes. The rest follows when the client has read. */
  public void flush() {
    if (!open || held || flushing) {
      return;
    }
    flushing = true;
    try {
      send();
    } finally {
      flushing = false;
      unflushed = 0;
    }
    if (!open) {
      return;
    }
    if (blocked) {
      arm();
    }
    if (!writable && unsent.bytes() < ROOM_BYTES) {
      writable = true;
      // In a task, because the write that made room may be the reply of an operation on the same
      // socket.
      io.loop().execute(onWritable);
    }
    if (listener != null) {
      listener.onFlushed();
    }
    if (afterOutput != null && unsent.isEmpty()) {
      Runnable action = afterOutput;
      afterOutput = null;
      action.run();
    }
  }

  private void send() {
    skipSent();
    while (open && !blocked && !unsent.isEmpty()) {
      beforeSend();
      int count = unsent.send(socket);
      if (count >= 0) {
        sent += count;
        // First, because a delivery can cause a commit, which forgets the call.
        onSent.run();
        deliveries.onSent(sent);
      } else {
        onNotSent(-count);
      }
    }
  }

  /** Nobody may be told what a killed broker would have forgotten. */
  private void beforeSend() {
    if (answers == null) {
      io.ledger().update();
    } else {
      answers.beforeSend(unsent, !deliveries.isEmpty());
    }
  }

  /** Skips what another broker has already sent. */
  private void skipSent() {
    if (alreadySent > 0) {
      restoreSent(alreadySent);
    }
  }

  private void onNotSent(int errno) {
    // The record must contain the rest.
    onChange.run();
    switch (errno) {
      case Errno.EAGAIN -> blocked = true;
      case Errno.ENOBUFS, Errno.ENOMEM -> {
        blocked = true;
        io.loop().schedule(this::onRoom, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
      default -> end(errno);
    }
  }

  private void onRoom() {
    blocked = false;
    flush();
  }

  private void onWritable() {
    if (open && listener != null) {
      listener.onWritable();
    }
  }

  /**
   * Sends everything, and then runs the action if the connection is still open. In a task, because
   * the code that ends a connection is not over yet.
   */
  void afterOutput(Runnable action) {
    afterOutput = action;
    io.loop().execute(this::flush);
  }

  /** The client reads the end after everything that was sent. */
  void shutdownOutput() {
    outputShut = true;
    try {
      socket.shutdown(Direction.SEND);
    } catch (RefusedException e) {
      LOG.debug("a connection that is being closed ended: {}", e.getMessage());
    }
  }

  // ---- reading

  /** Reads, or stops reading. While it is off, the kernel keeps the input and the end. */
  void reading(boolean on) {
    reading = on;
    if (on && open) {
      arm();
      readLater();
    }
  }

  /** Reads in the next pass if there may be input. */
  private void readLater() {
    if (readable && reading && !readDue && open) {
      readDue = true;
      io.reads().readLater(reader);
    }
  }

  private void readAgain() {
    readDue = false;
    try {
      read();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /**
   * Reads once. If the client has gone, it reads all input, because the next reply ends the
   * connection. The end itself is read in a later pass, after the replies.
   */
  private void read() {
    boolean more = true;
    while (more && readable && reading && open) {
      more = readOnce() && ending;
    }
    readLater();
  }

  /** Returns whether the read was full, so that the kernel probably has more. */
  private boolean readOnce() {
    int room = io.reads().size(readSize.bytes());
    ByteBuf bytes = io.buffers().directBuffer(room);
    int count = socket.receive(bytes, room, false, io.arrival());
    io.reads().onRead(Math.max(0, count));
    readSize.onRead(Math.max(0, count));
    if (count > 0) {
      // A read that is not full has taken everything.
      readable = count == room || ending;
      listener.onBytes(bytes);
      return count == room;
    }
    bytes.release();
    if (count == -Errno.EAGAIN) {
      readable = false;
    } else {
      end(-count);
    }
    return false;
  }

  /**
   * Reads what the client has sent, because closing with unread bytes would reset the connection.
   *
   * @param max the maximum number of bytes
   */
  void drain(int max) {
    ByteBuf unwanted = io.buffers().directBuffer(max);
    socket.receive(unwanted, max, false, io.arrival());
    unwanted.release();
  }

  // ---- readiness

  private void onReady(int mask) {
    if (!open) {
      return;
    }
    try {
      handle(mask);
    } catch (RuntimeException e) {
      // Nobody expects it, so it ends this connection only.
      fail(e);
    }
  }

  private void handle(int mask) {
    if (blocked && (mask & (KernelSocket.OUT | KernelSocket.HUP | KernelSocket.ERR)) != 0) {
      onRoom();
    } else if ((mask & KernelSocket.OUT) != 0) {
      // A useless wake-up, so the kernel need not report it any more.
      armed &= ~KernelSocket.OUT;
      socket.arm(armed);
    }
    if ((mask & KernelSocket.ANY_DATA) != 0 && open) {
      readable = true;
      ending |= (mask & KernelSocket.ENDING) != 0;
      if (!readDue) {
        read();
      }
    }
  }

  /** Extends what the kernel reports. It is narrowed after a useless wake-up. */
  private void arm() {
    int wanted = READ | (blocked ? KernelSocket.OUT : 0);
    if ((wanted & ~armed) != 0) {
      armed |= wanted;
      socket.arm(armed);
    }
  }

  /** Logs an exception that nobody expects, and ends the connection. */
  void fail(Throwable cause) {
    LOG.error("{} failed", listener, cause);
    close();
  }

  // ---- the end

  /**
   * @param errno 0 if the client has ended the connection
   */
  private void end(int errno) {
    LOG.debug("{} ended: {}", listener, errno == 0 ? "by the client" : Errno.name(errno));
    close();
  }

  /** Closes it now. What was not sent is lost, and its deliveries fail. */
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    // Before the commit that closes the file, because a record must not name a closed one.
    onChange.run();
    socket.close();
    unsent.clear();
    deliveries.fail();
    atEnd.run();
    if (listener != null) {
      io.loop().execute(this::onClosed);
    }
  }

  private void onClosed() {
    try {
      listener.onClosed();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /**
   * Gives its socket away after what was written. The connection has ended here, and nobody is
   * told.
   */
  KernelSocket giveAway() {
    open = false;
    skipSent();
    if (!unsent.isEmpty()) {
      // If this fails, the new owner sees how the connection has ended.
      unsent.send(socket);
    }
    unsent.clear();
    atEnd.run();
    // The new owner is told again what holds now.
    socket.arm(0);
    return socket;
  }

  // ---- an upgrade

  /** Sends nothing until {@link #resume}. */
  public ClientConnection hold() {
    held = true;
    return this;
  }

  /** Sends what was written since {@link #hold}. */
  void resume() {
    held = false;
    flush();
  }

  /** The file to pass on, or null if the connection has ended. */
  Fd file() {
    return open ? new Fd(fd) : null;
  }

  /** Returns a view of what the kernel has not taken, valid until the next write. */
  ByteBuf output() {
    return open ? unsent.view() : Unpooled.EMPTY_BUFFER;
  }

  /** How many bytes of what will be written next the client already has. */
  int alreadySent() {
    return alreadySent;
  }

  /** Passes on the deliveries of the output, with the ends of their frames in it. */
  void forEachDelivery(ObjLongConsumer<Delivery> saver) {
    deliveries.forEach((delivery, end) -> saver.accept(delivery, end - sent));
  }

  /**
   * Writes the output of another broker, first of all.
   *
   * @param full whether its client was not to be served until it reads. The same output counts less
   *     in fewer buffers, but it is still full
   */
  void restore(ByteBuf output, boolean full) {
    written = output.readableBytes();
    unsent.add(output);
    writable = written <= (full ? ROOM_BYTES : FULL_BYTES);
  }

  /**
   * Says that the kernel has taken more of the output than was known. If that is more than there
   * is, the rest was already sent of what is written next.
   */
  void restoreSent(int count) {
    int skipped = (int) Math.min(count, unsent.bytes());
    unsent.skip(skipped);
    alreadySent = count - skipped;
    sent += skipped;
    deliveries.onSent(sent);
  }

  /**
   * @param end the end of its frame in the output
   */
  void restore(Delivery delivery, long end) {
    deliveries.add(delivery, end, 0);
  }
}
