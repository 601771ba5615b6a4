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
 * A connection's bytes in memory that this process and the broker share. Nothing is copied between
 * the two, and neither needs a wake-up while it is awake. {@link SharedSocket#ring} makes a ring.
 * It ends when it, the descriptor or the session is closed. Received bytes that were not taken by
 * then go to the next receiver. Bytes that were written are still sent.
 *
 * <p>Reads and writes wait as on a blocking socket, whatever the socket's mode. An interrupt ends
 * the wait with {@link java.io.InterruptedIOException}. Taking bytes counts as a receive, so it
 * re-enables READ. {@link SharedSocket#setOption} and {@link SharedSocket#shutdown} take effect
 * after the bytes written before them.
 *
 * <p>The two directions are independent. Any thread may use a direction, but only one at a time is
 * inside a call. Only one thread may use the views of {@link #readable} and {@link #writable}. A
 * view is valid until its bytes are {@link #advance}d or {@link #commit}ted.
 */
public final class SocketRing implements AutoCloseable {
  private static final Path FDS = Path.of("/proc/self/fd");

  private final Session session;
  private final SharedSocket socket;
  private final int doorbell;
  private final RingReader reader;
  private final RingWriter writer;
  private final Lane lane = new RingLane();
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
      // otherwise the broker would keep the ring, and receivers and senders would get EBUSY
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
      FdSockets.close(fds[1]);
      throw e;
    }
  }

  private static void detach(Session session, SharedSocket socket) throws IOException {
    Closing.close(session, Operation.plain(new Request.DetachRing(socket.id()), null));
  }

  /** The mapping keeps the memory, so the fd is no longer needed. */
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
   * Takes received bytes. It waits until there is at least one.
   *
   * @return the number of bytes, at least 1 if the buffer has room; -1 at the end of the stream
   * @throws IOException also if the descriptor has no right RECV; so do the other methods of this
   *     direction
   */
  public int read(ByteBuffer into) throws IOException {
    return read(into, Broker.FOREVER);
  }

  /**
   * Like {@link #read(ByteBuffer)}, but waits at most that long.
   *
   * @throws SocketTimeoutException if the time passes; with {@link Duration#ZERO} it is a {@link
   *     WouldBlockException}
   */
  public int read(ByteBuffer into, Duration timeout) throws IOException {
    return reader().read(into, timeout);
  }

  /**
   * Returns the contiguous part of the received bytes without copying them. It is empty if nothing
   * was received. The bytes stay in the ring until {@link #advance}.
   *
   * @return a read-only view
   */
  public ByteBuffer readable() throws IOException {
    return reader().readable();
  }

  /**
   * Waits until {@link #readable} has bytes.
   *
   * @return false at the end of the stream
   * @throws SocketTimeoutException if the time passes
   */
  public boolean awaitReadable(Duration timeout) throws IOException {
    return reader().await(timeout);
  }

  /**
   * Takes the first bytes of {@link #readable}.
   *
   * @throws IllegalArgumentException if there are not as many
   */
  public void advance(int count) throws IOException {
    reader().advance(count);
  }

  /** Returns the received bytes as a stream. Closing it has no effect on the ring. */
  public InputStream inputStream() throws IOException {
    return new LaneInputStream(reader());
  }

  // ---- sending

  /**
   * Writes all the bytes. It waits while the ring is full.
   *
   * @throws IOException also if the descriptor has no right SEND; so do the other methods of this
   *     direction
   */
  public void write(ByteBuffer from) throws IOException {
    write(from, Broker.FOREVER);
  }

  /**
   * Like {@link #write(ByteBuffer)}, but waits at most that long. If it fails, the buffer's
   * position shows how much was written.
   *
   * @throws SocketTimeoutException if the time passes; with {@link Duration#ZERO} it is a {@link
   *     WouldBlockException}
   */
  public void write(ByteBuffer from, Duration timeout) throws IOException {
    writer().write(from, timeout);
  }

  /**
   * Returns the contiguous part of the free room, to write into without a copy. It is empty if the
   * ring is full.
   */
  public ByteBuffer writable() throws IOException {
    return writer().writable();
  }

  /**
   * Waits until {@link #writable} has room.
   *
   * @throws SocketTimeoutException if the time passes
   */
  public void awaitWritable(Duration timeout) throws IOException {
    writer().await(timeout);
  }

  /**
   * Sends the first bytes of {@link #writable}.
   *
   * @throws IllegalArgumentException if there is not as much room
   */
  public void commit(int count) throws IOException {
    writer().commit(count);
  }

  /** Returns a stream to the peer. Closing it has no effect on the ring. */
  public OutputStream outputStream() throws IOException {
    return new LaneOutputStream(writer());
  }

  // ---- the end

  /**
   * Ends the ring. The socket's bytes travel in frames again. A second close has no effect.
   *
   * @throws IOException never only because the session or the descriptor has already ended
   */
  @Override
  public void close() throws IOException {
    if (closed.get()) {
      return;
    }
    // must come first: if this throws, another thread can still close the ring
    session.checkMayWait();
    if (closed.compareAndSet(false, true)) {
      endAndSettle();
      socket.onLaneClosed(lane);
      detach(session, socket);
    }
  }

  /**
   * Must run before the broker hears about the end. The broker never sees a position that moves
   * later. Received bytes would then also go to the next receiver, and written bytes would never be
   * sent.
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
      // close(2): the descriptor is closed even if this fails
      why.addSuppressed(e);
    } finally {
      bellLock.unlock();
    }
  }

  /** What the socket knows of it. */
  Lane lane() {
    return lane;
  }

  private final class RingLane implements Lane {
    @Override
    public Long sendPosition() {
      return writer == null ? null : (Long) writer.position();
    }

    @Override
    public void onSocketClosed() {
      if (closed.compareAndSet(false, true)) {
        endAndSettle();
      }
    }

    @Override
    public void onLost(Throwable why) {
      if (closed.compareAndSet(false, true)) {
        end(why);
      }
    }

    @Override
    public void onDoorbell() {
      if (reader != null) {
        reader.wake();
      }
      if (writer != null) {
        writer.wake();
      }
    }
  }

  // ---- for the two directions

  /** Tells the broker that the position it watches was reached. */
  void ring() {
    bellLock.lock();
    try {
      // the number may belong to another file by now
      if (!bellClosed) {
        Native.eventFdWrite(doorbell, 1);
      }
    } finally {
      bellLock.unlock();
    }
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
