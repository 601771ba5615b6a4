package dev.sockbroker.client;

import dev.sockbroker.protocol.BrokerPeer;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * The connection to the broker: its channel, the incoming frames, and its end.
 *
 * <p>Three types share the work, and one guard protects each field:
 *
 * <ul>
 *   <li>{@link Requests} keeps the operations that wait for a reply, by request id, and the frames
 *       on their way to the broker. Its lock guards them and is held only for short steps.
 *   <li>{@link Reading} decides which thread reads, the I/O thread or a caller. The reading
 *       thread's lock guards it.
 *   <li>Connection processes what the reading thread receives. The same lock guards it.
 * </ul>
 *
 * <p>A caller {@linkplain Requests#begin begins} an operation, which writes its request at once.
 * The caller then waits for the outcome, and reads in the meantime if no other thread does. The
 * reading thread runs {@linkplain #turn turns}: it waits for bytes, cuts them into frames, takes
 * the operation of each reply from the requests, sets its outcome, and writes any frames that
 * result. When the stream ends or something fails, the I/O thread ends the session and gives the
 * reason to every waiting operation.
 *
 * <p>A thread that holds the lock of {@link Requests} never acquires that of {@link Reading}.
 *
 * <p>The channel never blocks. An interrupt inside a blocking {@link SocketChannel} would close it,
 * and with it the session and all of its descriptors.
 */
final class Connection {
  /** Room for a whole part of a send, so that one write can send it. The kernel may grant less. */
  private static final int SEND_BUFFER_BYTES = 512 << 10;

  private final SocketChannel channel;
  private final BrokerPeer peer;
  private final Selector selector;
  private final SelectionKey key;
  private final Requests requests;
  private final Reading reading;
  private final Consumer<Event> events;
  private final Consumer<Throwable> onEnd;

  /** Used only by the thread that reads, like {@link #inbox} and {@link #stopReason}. */
  private final FrameCodec codec = new FrameCodec();

  private final Inbox inbox;
  private String stopReason;

  private Connection(
      SocketChannel channel,
      BrokerPeer peer,
      Selector selector,
      SelectionKey key,
      Consumer<Event> events,
      Consumer<Throwable> onEnd) {
    this.channel = channel;
    this.peer = peer;
    this.selector = selector;
    this.key = key;
    this.events = events;
    this.onEnd = onEnd;
    requests = new Requests(channel, selector::wakeup);
    reading = new Reading(this, requests);
    inbox = new Inbox(channel, requests::room);
  }

  /**
   * @param events receives every event except those of a send, on the thread that reads
   * @param onEnd called once, on the I/O thread, after every waiting operation has failed
   */
  static Connection open(Path path, Consumer<Event> events, Consumer<Throwable> onEnd)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = null;
    try {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
      channel.connect(UnixDomainSocketAddress.of(path));
      BrokerPeer peer = BrokerPeer.check(path, channel);
      channel.configureBlocking(false);
      selector = Selector.open();
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(channel, peer, selector, key, events, onEnd);
      connection.reading.start();
      return connection;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (selector != null) {
        selector.close();
      }
      throw e;
    }
  }

  /** The broker at the other end, as it was checked. */
  BrokerPeer peer() {
    return peer;
  }

  Reading reading() {
    return reading;
  }

  /** Any thread may call this. The operation always gets an outcome. */
  void submit(Operation<?> operation) {
    begin(operation);
    reading.expect();
  }

  /**
   * Submits the operation, and reads until its outcome is set if no other thread reads. The caller
   * must still {@link #await} the outcome.
   */
  void submitAndRead(Operation<?> operation) {
    if (VirtualThreads.isCurrent()) {
      // a virtual thread would block its carrier
      submit(operation);
    } else {
      begin(operation);
      reading.readUntil(operation::isDone, Long.MAX_VALUE);
    }
  }

  /**
   * Any thread may call this. The operation ends with its own reply, which may still carry data.
   */
  void cancel(Operation<?> operation) {
    reading.execute(() -> onCancel(operation));
  }

  /**
   * Waits for the outcome.
   *
   * @throws InterruptedException if interrupted; the operation continues and can be awaited again
   */
  void await(Operation<?> operation) throws InterruptedException {
    try {
      operation.outcome().get();
    } catch (ExecutionException e) {
      throw new AssertionError("an outcome is never a failed future", e);
    }
  }

  /** Takes the limits from the broker's reply to hello, on the thread that reads. */
  void limits(Reply.Limits limits) {
    inbox.frameBytesMax(limits.frameBytes());
    requests.limits(limits);
  }

  /** The reason why no more requests can be made; null while the session is alive. */
  Throwable end() {
    return requests.end();
  }

  /** Any thread may call this. It ends the wait of a turn that waits for bytes. */
  void wakeup() {
    selector.wakeup();
  }

  private void begin(Operation<?> operation) {
    try {
      if (!requests.begin(operation, reading.isMine())) {
        operation.onLost(requests.end());
      }
    } catch (InvalidMessageException e) {
      // nothing was sent, because the broker would end the session for it
      operation.onReply(refusal(e.errno(), e.getMessage()), null);
    }
  }

  private static Reply.Error refusal(int errno, String words) {
    return new Reply.Error(Errno.name(errno), errno, words, false);
  }

  /**
   * Runs one round on the thread that reads: waits for bytes, processes them, and writes.
   *
   * @param nanos the longest wait, rounded up to milliseconds
   * @return false at the end of the stream
   */
  boolean turn(long nanos) throws IOException {
    boolean readable = select(nanos);
    boolean open = !readable || read();
    if (!readable) {
      requests.checkWritten();
    }
    requests.write();
    return open;
  }

  private boolean select(long nanos) throws IOException {
    if (requests.setInterest(key)) {
      selector.select(nanos == Long.MAX_VALUE ? 0 : nanos / 1_000_000 + 1);
    } else {
      selector.selectNow();
    }
    return selector.selectedKeys().remove(key) && key.isReadable();
  }

  private boolean read() throws IOException {
    boolean open = inbox.fill();
    for (ByteBuffer frame = inbox.next(); frame != null; frame = inbox.next()) {
      onFrame(frame);
    }
    return open;
  }

  private void onFrame(ByteBuffer frame) throws IOException {
    FrameHeader header = FrameHeader.read(frame);
    header.check(inbox.frameBytesMax());
    try {
      Message message = codec.decode(header, frame);
      if (message instanceof Event event) {
        onEvent(header.requestId(), event);
      } else if (message instanceof Reply reply) {
        onReply(header.requestId(), reply, inbox.payload(frame));
      }
    } catch (InvalidMessageException e) {
      onUnknown(header.requestId(), e);
    }
  }

  private void onReply(long requestId, Reply reply, ByteBuffer payload) throws IOException {
    Operation<?> operation = requests.take(requestId);
    if (operation != null) {
      operation.onReply(reply, payload);
    } else if (reply instanceof Reply.Error error) {
      throw new BrokerException(error.errno(), error.message());
    }
  }

  private void onEvent(long requestId, Event event) {
    if (event instanceof Event.SendReady ready) {
      requests.onSendReady(requestId, ready.length());
    } else {
      if (event instanceof Event.Stopping stopping) {
        stopReason = stopping.reason();
      }
      events.accept(event);
    }
  }

  /** A newer broker may send events that this library does not know. They are ignored. */
  private void onUnknown(long requestId, InvalidMessageException reason) {
    Operation<?> operation = requests.take(requestId);
    if (operation != null) {
      operation.onReply(refusal(Errno.EPROTO, reason.getMessage()), null);
    }
  }

  private void onCancel(Operation<?> operation) {
    if (requests.withdraw(operation)) {
      operation.onReply(refusal(Errno.ECANCELED, "not begun"), null);
    } else if (!operation.isDone()) {
      begin(Operation.plain(new Request.Cancel(operation.id()), null));
    }
  }

  /**
   * Ends the session. The I/O thread calls this when it stops reading.
   *
   * @param cause null if the broker or the client has closed the connection
   * @param closing whether this client has closed it
   */
  void end(Throwable cause, boolean closing) {
    Throwable why =
        closing ? new ClosedChannelException() : new BrokerGoneException(words(cause), cause);
    List<Operation<?>> lost = requests.end(why);
    closeQuietly(why);
    Throwable whyOfWaiting = closing ? new AsynchronousCloseException() : why;
    lost.forEach(operation -> operation.onLost(whyOfWaiting));
    onEnd.accept(why);
  }

  private String words(Throwable cause) {
    if (stopReason != null) {
      return "the broker has stopped: " + stopReason;
    }
    return cause instanceof BrokerException
        ? "the broker has ended the session: " + cause.getMessage()
        : "the connection to the broker has ended";
  }

  private void closeQuietly(Throwable why) {
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      // the session has ended in any case, and the reason is already known
      why.addSuppressed(e);
    }
  }
}
