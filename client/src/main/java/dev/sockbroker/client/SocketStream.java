package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries a connection's bytes over a Unix connection of its own, without frames. It needs only the
 * JDK, and streams do not block one another. {@link SharedSocket#stream} makes a stream. It ends
 * when it, the descriptor or the session is closed. Bytes that the broker has passed on but the
 * program has not read by then are lost: at most the broker's limit {@code stream-prefetch-bytes}.
 * {@link #detach} loses nothing. Bytes that were written are still sent.
 *
 * <p>Reads and writes wait as on a blocking socket, whatever the socket's mode. An interrupt ends
 * the wait with {@link java.io.InterruptedIOException}, and the stream continues. What the broker
 * passes on counts as received, so it re-enables READ (rules 36 to 39). {@link
 * SharedSocket#setOption} and {@link SharedSocket#shutdown} take effect after the bytes written
 * before them.
 *
 * <p>The two directions are independent. Any thread may use a direction, but only one at a time is
 * inside a call.
 */
public final class SocketStream implements AutoCloseable {
  /** The event about an end arrives at the latest before the reply to the second later request. */
  private static final int PINGS = 2;

  private final Session session;
  private final SharedSocket socket;
  private final SocketChannel channel;
  private final ChannelWait readWait;
  private final ChannelWait writeWait;
  private final StreamGreeting greeting;
  private final StreamReader reader;
  private final StreamWriter writer;
  private final Lane lane = new StreamLane();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean detached;

  /** How receiving has ended: 0 or an errno. Null until the broker says so. */
  private volatile Integer receiveEnd;

  private volatile Integer sendEnd;

  private SocketStream(
      Session session, SharedSocket socket, SocketChannel channel, boolean receive, boolean send) {
    this.session = session;
    this.socket = socket;
    this.channel = channel;
    readWait = new ChannelWait(session, socket, channel, SelectionKey.OP_READ);
    writeWait = new ChannelWait(session, socket, channel, SelectionKey.OP_WRITE);
    greeting = new StreamGreeting(this, channel, readWait);
    reader = receive ? new StreamReader(this, channel, greeting, readWait) : null;
    writer = send ? new StreamWriter(this, channel, greeting, writeWait) : null;
  }

  static SocketStream attach(Session session, SharedSocket socket) throws IOException {
    Reply.Stream attached =
        session.call(
            new Operation<>(
                new Request.AttachStream(socket.id()),
                socket,
                null,
                (reply, payload) -> (Reply.Stream) reply));
    return connect(session, socket, attached);
  }

  /**
   * Connects a stream that the broker has attached.
   *
   * @param attached its key and directions
   */
  static SocketStream connect(Session session, SharedSocket socket, Reply.Stream attached)
      throws IOException {
    SocketStream stream = null;
    try {
      SocketChannel channel = session.connectAgain();
      stream = new SocketStream(session, socket, channel, attached.receive(), attached.send());
      // comes before hello, because the end of the stream may follow it immediately
      socket.use(stream.lane);
      stream.hello(attached.key());
      return stream;
    } catch (IOException | RuntimeException e) {
      if (stream != null) {
        stream.channel.close();
        socket.onLaneClosed(stream.lane);
      }
      // otherwise the broker would keep the stream, and receivers and senders would get EBUSY
      detach(session, socket);
      throw e;
    }
  }

  private void hello(String key) throws IOException {
    ByteBuffer hello = new FrameCodec().encode(1, new Request.StreamHello(key), /* payload */ 0);
    // not interruptible; a new connection has room for it
    channel.configureBlocking(false);
    while (hello.hasRemaining()) {
      channel.write(hello);
    }
  }

  private static void detach(Session session, SharedSocket socket) throws IOException {
    Closing.close(session, Operation.plain(new Request.DetachStream(socket.id()), null));
  }

  // ---- receiving

  /**
   * Reads received bytes. It waits until there is at least one.
   *
   * @return the number of bytes, at least 1 if the buffer has room; -1 at the end of the stream, or
   *     after {@link #detach} at the end of what was passed on
   * @throws IOException also if the descriptor has no right RECV
   */
  public int read(ByteBuffer into) throws IOException {
    return read(into, Broker.FOREVER);
  }

  /**
   * Like {@link #read(ByteBuffer)}, but waits no longer than the timeout.
   *
   * @throws SocketTimeoutException if the time passes; with {@link Duration#ZERO} it is a {@link
   *     WouldBlockException}
   */
  public int read(ByteBuffer into, Duration timeout) throws IOException {
    return reader().read(into, timeout);
  }

  /** Returns the received bytes as a stream. Closing it has no effect on this stream. */
  public InputStream inputStream() throws IOException {
    return new LaneInputStream(reader());
  }

  /** The number of bytes that can be read without waiting, up to 65536. */
  int available() throws IOException {
    return reader().available();
  }

  // ---- sending

  /**
   * Writes all the bytes. It waits while the connection to the broker is full.
   *
   * @throws IOException also if the descriptor has no right SEND
   */
  public void write(ByteBuffer from) throws IOException {
    write(from, Broker.FOREVER);
  }

  /**
   * Like {@link #write(ByteBuffer)}, but waits no longer than the timeout. If it fails, the
   * buffer's position shows how much was written.
   *
   * @throws SocketTimeoutException if the time passes; with {@link Duration#ZERO} it is a {@link
   *     WouldBlockException}
   */
  public void write(ByteBuffer from, Duration timeout) throws IOException {
    writer().write(from, timeout);
  }

  /** Returns a stream to the peer. Closing it has no effect on this stream. */
  public OutputStream outputStream() throws IOException {
    return new LaneOutputStream(writer());
  }

  /**
   * Returns the connection itself, which is non-blocking, for a program's own selector. After a
   * direction was used through the channel, do not use the other methods of that direction. Bytes
   * that are written to it do not delay later calls of {@link SharedSocket#setOption} and {@link
   * SharedSocket#shutdown}. The end of the stream is the end of the channel. Close this stream
   * rather than the channel, which a selector would keep open until its next select.
   *
   * @throws IOException if the broker has refused the connection
   */
  public SocketChannel channel() throws IOException {
    greeting.await(Long.MAX_VALUE, Broker.FOREVER);
    return channel;
  }

  // ---- the end

  /**
   * Asks the broker to stop passing bytes on. Reads return what was passed on before, and then -1.
   * The next receiver gets everything after it. Writes fail from now on.
   *
   * @throws IOException never only because the session or the descriptor has already ended
   */
  public void detach() throws IOException {
    detached = true;
    detach(session, socket);
  }

  /**
   * Ends the stream. The socket's bytes travel in frames again. A second close has no effect.
   *
   * @throws IOException never only because the session or the descriptor has already ended
   */
  @Override
  public void close() throws IOException {
    if (closed.get()) {
      return;
    }
    // must come first: if this throws, another thread can still close the stream
    session.checkMayWait();
    if (closed.compareAndSet(false, true)) {
      end(new ClosedChannelException());
      socket.onLaneClosed(lane);
      if (!detached) {
        detach(session, socket);
      }
    }
  }

  private void end(Throwable why) {
    try {
      readWait.end(why);
      writeWait.end(why);
      channel.close();
    } catch (IOException e) {
      // close(2): the descriptor is closed even if this fails
      why.addSuppressed(e);
    }
  }

  private final class StreamLane implements Lane {
    @Override
    public Long sendPosition() {
      return writer == null ? null : (Long) writer.position();
    }

    @Override
    public void onSocketClosed() {
      if (closed.compareAndSet(false, true)) {
        end(new ClosedChannelException());
      }
    }

    @Override
    public void onLost(Throwable why) {
      if (closed.compareAndSet(false, true)) {
        end(why);
      }
    }

    @Override
    public void onEnded(Direction direction, int error) {
      if (direction == Direction.RECEIVE) {
        receiveEnd = error;
      } else {
        sendEnd = error;
      }
    }
  }

  /** Throws if a direction whose channel has ended did not end cleanly. */
  void checkEnd(Direction direction) throws IOException {
    for (int i = 0; i < PINGS && !detached && endOf(direction) == null; i++) {
      ping();
    }
    Integer error = endOf(direction);
    if (error != null && error != 0) {
      throw Failures.ofConnection(error);
    }
  }

  /** The caller is in a call of the stream, and learns of a close as in java.nio. */
  private void ping() throws IOException {
    try {
      session.call(Operation.plain(new Request.Ping(), null));
    } catch (ClosedChannelException e) {
      AsynchronousCloseException closed = new AsynchronousCloseException();
      closed.initCause(e);
      throw closed;
    }
  }

  private Integer endOf(Direction direction) {
    return direction == Direction.RECEIVE ? receiveEnd : sendEnd;
  }

  private StreamReader reader() throws IOException {
    if (reader == null) {
      throw new IOException("this descriptor has no right RECV");
    }
    return reader;
  }

  private StreamWriter writer() throws IOException {
    if (writer == null) {
      throw new IOException("this descriptor has no right SEND");
    }
    return writer;
  }
}
