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
 * The connection to the broker: its channel, what comes over it, and its end.
 *
 * <p>Three types share the work, and each of their fields has one guard:
 *
 * <ul>
 *   <li>{@link Requests}: what waits for a reply, by request id, and the frames on their way to the
 *       broker. Guarded by its lock, which is held for short steps.
 *   <li>{@link Reading}: which thread reads, the I/O thread or a caller. Guarded by the lock that
 *       the thread that reads holds.
 *   <li>Connection: what the thread that reads does with what comes. The same lock guards it.
 * </ul>
 *
 * <p>A caller {@linkplain Requests#begin begins} an operation, which writes its request at once. It
 * then waits for the outcome, and reads meanwhile if no other thread does. The thread that reads
 * runs {@linkplain #turn turns}: it waits for bytes, cuts them into frames, takes the operation of
 * each reply from the requests and sets its outcome, and writes what that gave rise to. When the
 * stream ends or something fails, the I/O thread ends the session: every operation that waits gets
 * the reason.
 *
 * <p>A thread that holds the lock of {@link Requests} never asks for that of {@link Reading}.
 *
 * <p>The channel never blocks: an interrupt inside a blocking {@link SocketChannel} would close it,
 * and with it the session and all its descriptors.
 */
final class Connection {
  /**
   * Room for a whole part of a send, so that it goes out in one write; the kernel may give less.
   */
  private static final int SEND_BUFFER_BYTES = 512 << 10;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Requests requests;
  private final Reading reading;
  private final Consumer<Event> events;
  private final Consumer<Throwable> onEnd;

  /** For the thread that reads, as {@link #inbox} and {@link #stopReason} are. */
  private final FrameCodec codec = new FrameCodec();

  private final Inbox inbox;
  private String stopReason;

  private Connection(
      SocketChannel channel,
      Selector selector,
      SelectionKey key,
      Consumer<Event> events,
      Consumer<Throwable> onEnd) {
    this.channel = channel;
    this.selector = selector;
    this.key = key;
    this.events = events;
    this.onEnd = onEnd;
    requests = new Requests(channel, selector::wakeup);
    reading = new Reading(this, requests);
    inbox = new Inbox(channel, requests::room);
  }

  /**
   * @param events hears every event but those of a send, on the thread that reads
   * @param onEnd hears once, on the I/O thread, when every waiting operation has failed
   */
  static Connection open(Path path, Consumer<Event> events, Consumer<Throwable> onEnd)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = null;
    try {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
      channel.connect(UnixDomainSocketAddress.of(path));
      BrokerPeer.check(path, channel);
      channel.configureBlocking(false);
      selector = Selector.open();
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(channel, selector, key, events, onEnd);
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

  Reading reading() {
    return reading;
  }

  /** Any thread. The operation's outcome is set whatever happens. */
  void submit(Operation<?> operation) {
    begin(operation);
    reading.expect();
  }

  /**
   * Submits, and reads until the outcome is set, if nobody else reads; whoever wants the outcome
   * still has to {@link #await} it.
   */
  void submitAndRead(Operation<?> operation) {
    if (VirtualThreads.isCurrent()) {
      // it would block its carrier
      submit(operation);
    } else {
      begin(operation);
      reading.readUntil(operation::isDone, Long.MAX_VALUE);
    }
  }

  /** Any thread. The operation ends with its own reply, which may well carry data. */
  void cancel(Operation<?> operation) {
    reading.execute(() -> onCancel(operation));
  }

  /**
   * Waits for the outcome.
   *
   * @throws InterruptedException the operation goes on, and can be waited for again
   */
  void await(Operation<?> operation) throws InterruptedException {
    try {
      operation.outcome().get();
    } catch (ExecutionException e) {
      throw new AssertionError("an outcome is never a failed future", e);
    }
  }

  /** What the broker says in its answer to hello; on the thread that reads. */
  void limits(Reply.Limits limits) {
    inbox.frameBytesMax(limits.frameBytes());
    requests.limits(limits);
  }

  /** Why no request can be made any more; null while the session lives. */
  Throwable end() {
    return requests.end();
  }

  /** Any thread: a turn that waits for bytes waits no longer. */
  void wakeup() {
    selector.wakeup();
  }

  private void begin(Operation<?> operation) {
    try {
      if (!requests.begin(operation, reading.isMine())) {
        operation.onLost(requests.end());
      }
    } catch (InvalidMessageException e) {
      // nothing went out: the broker would end the session for it
      operation.onReply(refusal(e.errno(), e.getMessage()), null);
    }
  }

  private static Reply.Error refusal(int errno, String words) {
    return new Reply.Error(Errno.name(errno), errno, words, false);
  }

  /**
   * One round: waits for bytes, handles what has come, writes. On the thread that reads.
   *
   * @param nanos how long it waits at most, rounded up to milliseconds
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

  /** A newer broker tells what this library does not know: an event is passed over. */
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
   * Ends the session, on the I/O thread as it reads no more.
   *
   * @param cause null if the broker or the client has closed the connection
   * @param closing this client has closed it
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
      // the session is over either way, and why is already known
      why.addSuppressed(e);
    }
  }
}
