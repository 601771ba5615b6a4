package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.RingMemory;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connection's bytes through memory that this process and the broker share: nothing is copied
 * between them, and neither is woken while it is awake. From {@link SharedSocket#ring}; it ends
 * with {@link #close}, with the descriptor, or with the session. What was not taken by then is the
 * next receiver's; what was written is still sent.
 *
 * <p>Reads and writes wait as those of a blocking socket do, whatever the socket's mode, and an
 * interrupt ends the wait: {@link java.io.InterruptedIOException}. Taking bytes counts as a receive
 * for events, so READ comes again; {@link SharedSocket#setOption} and {@link SharedSocket#shutdown}
 * take effect behind what was written before.
 *
 * <p>The two directions are independent; each is safe for any thread, one of which at a time is in
 * a call. The views of {@link #readable} and {@link #writable} are for one thread, and good until
 * the bytes are {@link #advance}d or {@link #commit}ted.
 */
public final class SocketRing implements AutoCloseable {
  private static final Path FDS = Path.of("/proc/self/fd");

  private final Session session;
  private final SharedSocket socket;
  private final int doorbell;
  private final RingReader reader;
  private final RingWriter writer;
  private final ReentrantLock bellLock = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();
  private boolean bellClosed;

  private SocketRing(
      Session session, SharedSocket socket, Reply.Ring ring, ByteBuffer memory, int doorbell) {
    this.session = session;
    this.socket = socket;
    this.doorbell = doorbell;
    RingMemory words = new RingMemory(memory);
    int bytes = ring.bytes();
    reader =
        ring.receive()
            ? new RingReader(
                this, new RingWait(session), words, memory.slice(RingMemory.WORDS_BYTES, bytes))
            : null;
    writer =
        ring.send()
            ? new RingWriter(
                this,
                new RingWait(session),
                words,
                memory.slice(RingMemory.WORDS_BYTES + bytes, bytes))
            : null;
  }

  static SocketRing attach(Session session, SharedSocket socket, int bytes) throws IOException {
    Request request = new Request.AttachRing(socket.id(), bytes);
    PassedFds passed =
        session.call(PassedFds.operation(request, socket, session.fds(), /* memory, doorbell */ 2));
    try {
      return mapped(session, socket, passed);
    } catch (IOException | RuntimeException e) {
      // else it stays with the broker, and all who receive or send get EBUSY
      detach(session, socket);
      throw e;
    }
  }

  private static SocketRing mapped(Session session, SharedSocket socket, PassedFds passed)
      throws IOException {
    int[] fds = passed.get();
    Reply.Ring info = (Reply.Ring) passed.reply();
    try {
      return new SocketRing(session, socket, info, map(fds[0], info.bytes()), fds[1]);
    } catch (IOException | RuntimeException e) {
      FdReceiver.close(fds[1]);
      throw e;
    }
  }

  private static void detach(Session session, SharedSocket socket) throws IOException {
    Closing.close(session, Operation.plain(new Request.DetachRing(socket.id()), null));
  }

  /** The mapping keeps the memory; its fd is not needed any more. */
  private static MappedByteBuffer map(int fd, int bytes) throws IOException {
    Path file = FDS.resolve(Integer.toString(fd));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer memory = channel.map(MapMode.READ_WRITE, 0, RingMemory.length(bytes));
      memory.order(ByteOrder.nativeOrder());
      return memory;
    } finally {
      new FileDescriptor(fd).close();
    }
  }

  // ---- receiving

  /**
   * Takes bytes that have come; waits until there is one.
   *
   * @return how many, at least 1 if the buffer has room; -1 at the end of the stream
   */
  public int read(ByteBuffer into) throws IOException {
    return read(into, Broker.FOREVER);
  }

  /**
   * As {@link #read(ByteBuffer)}.
   *
   * @throws SocketTimeoutException when the time is over; with {@link Duration#ZERO} it is {@link
   *     WouldBlockException}
   */
  public int read(ByteBuffer into, Duration timeout) throws IOException {
    return reader().read(into, timeout);
  }

  /**
   * The bytes that have come, as far as they stand in one piece, without a copy; empty if there are
   * none now. They stay until {@link #advance}.
   *
   * @return read-only
   */
  public ByteBuffer readable() throws IOException {
    return reader().readable();
  }

  /**
   * Waits until {@link #readable} has bytes.
   *
   * @return false at the end of the stream
   * @throws SocketTimeoutException when the time is over
   */
  public boolean awaitReadable(Duration timeout) throws IOException {
    return reader().await(timeout);
  }

  /**
   * Takes the first bytes of {@link #readable}.
   *
   * @throws IllegalArgumentException for more than there are
   */
  public void advance(int count) throws IOException {
    reader().advance(count);
  }

  /** The bytes as a stream; closing it closes nothing. */
  public InputStream inputStream() throws IOException {
    return new RingInputStream(reader());
  }

  // ---- sending

  /** Writes all the bytes, and waits for room where there is none. */
  public void write(ByteBuffer from) throws IOException {
    write(from, Broker.FOREVER);
  }

  /**
   * As {@link #write(ByteBuffer)}; the buffer's position says what was written when it fails.
   *
   * @throws SocketTimeoutException when the time is over; with {@link Duration#ZERO} it is {@link
   *     WouldBlockException}
   */
  public void write(ByteBuffer from, Duration timeout) throws IOException {
    writer().write(from, timeout);
  }

  /** Room to write into without a copy, as far as it stands in one piece; empty if it is full. */
  public ByteBuffer writable() throws IOException {
    return writer().writable();
  }

  /**
   * Waits until {@link #writable} has room.
   *
   * @throws SocketTimeoutException when the time is over
   */
  public void awaitWritable(Duration timeout) throws IOException {
    writer().await(timeout);
  }

  /**
   * Sends the first bytes of {@link #writable}.
   *
   * @throws IllegalArgumentException for more than there is room
   */
  public void commit(int count) throws IOException {
    writer().commit(count);
  }

  /** A stream to the peer; closing it closes nothing. */
  public OutputStream outputStream() throws IOException {
    return new RingOutputStream(writer());
  }

  // ---- the end

  /**
   * Goes from the ring: the socket's bytes come in frames again. A second close does nothing.
   *
   * @throws IOException never because the session or the descriptor is gone already
   */
  @Override
  public void close() throws IOException {
    if (closed.get()) {
      return;
    }
    // before anything is marked: it can still be closed elsewhere
    session.checkMayWait();
    if (closed.compareAndSet(false, true)) {
      endAndSettle();
      socket.onRingClosed(this);
      detach(session, socket);
    }
  }

  /** The descriptor is closed, and the ring with it. */
  void onSocketClosed() {
    if (closed.compareAndSet(false, true)) {
      endAndSettle();
    }
  }

  /**
   * Before the broker hears of it: a position that moves afterwards is never seen, and the bytes
   * would be the next receiver's too, or never be sent.
   */
  private void endAndSettle() {
    end(new ClosedChannelException());
    if (reader != null) {
      reader.settle();
    }
    if (writer != null) {
      writer.settle();
    }
  }

  /** On the thread that reads: the descriptor is gone, maybe with the session. */
  void onLost(Throwable why) {
    if (closed.compareAndSet(false, true)) {
      end(why);
    }
  }

  private void end(Throwable why) {
    if (reader != null) {
      reader.end(why);
    }
    if (writer != null) {
      writer.end(why);
    }
    bellLock.lock();
    try {
      bellClosed = true;
      new FileDescriptor(doorbell).close();
    } catch (IOException e) {
      // close(2): the descriptor is gone all the same
      why.addSuppressed(e);
    } finally {
      bellLock.unlock();
    }
  }

  // ---- for the two directions

  /** On the thread that reads: the broker has rung. */
  void onDoorbell() {
    if (reader != null) {
      reader.wake();
    }
    if (writer != null) {
      writer.wake();
    }
  }

  /** Tells the broker that what it watches for has come. */
  void ring() {
    bellLock.lock();
    try {
      // The number may be another file's by now.
      if (!bellClosed) {
        Native.eventFdWrite(doorbell, 1);
      }
    } finally {
      bellLock.unlock();
    }
  }

  /** Behind what was written so far; null without that direction. */
  Long sendPosition() {
    return writer == null ? null : writer.position();
  }

  private RingReader reader() throws IOException {
    if (reader == null) {
      throw new IOException("this descriptor has no right RECV");
    }
    return reader;
  }

  private RingWriter writer() throws IOException {
    if (writer == null) {
      throw new IOException("this descriptor has no right SEND");
    }
    return writer;
  }
}
