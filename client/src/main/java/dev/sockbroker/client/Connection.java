package dev.sockbroker.client;

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
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The connection to the broker and the one thread that touches it.
 *
 * <p>No caller's thread may: an interrupt inside a {@link SocketChannel} closes it, and with it the
 * session and all its descriptors. Callers put operations into a queue and wake the thread.
 */
final class Connection {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Thread thread;
  private final FrameCodec codec = new FrameCodec();
  private final Inbox inbox = new Inbox();
  private final Outbox outbox = new Outbox(codec);
  private final Sends sends = new Sends(outbox);
  private final Map<Long, Operation<?>> pending = new HashMap<>();
  private final AtomicLong lastId = new AtomicLong();

  /** The only way in for other threads. */
  private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();

  private final Consumer<Event> events;
  private final Consumer<Throwable> onEnd;
  private String stopReason;

  private volatile boolean closing;

  /** Why no request can be made any more; null while the session lives. */
  private volatile Throwable end;

  /** What another thread asks of the I/O thread: to start an operation, or something else. */
  private record Task(Operation<?> operation, Runnable other) {}

  /**
   * @param events hears every event but those of a send, on the I/O thread
   * @param onEnd hears once, on the I/O thread, when every waiting operation has failed
   */
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
    thread = new Thread(this::run, "sockbroker-client");
    thread.setDaemon(true);
  }

  static Connection open(Path path, Consumer<Event> events, Consumer<Throwable> onEnd)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = null;
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.configureBlocking(false);
      selector = Selector.open();
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(channel, selector, key, events, onEnd);
      connection.thread.start();
      return connection;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (selector != null) {
        selector.close();
      }
      throw e;
    }
  }

  /** Any thread. The operation's outcome is set whatever happens. */
  void submit(Operation<?> operation) {
    operation.id(lastId.incrementAndGet());
    tasks.add(new Task(operation, null));
    wake();
  }

  /** Any thread. The operation ends with its own reply, which may well carry data. */
  void cancel(Operation<?> operation) {
    execute(() -> onCancel(operation));
  }

  /** Any thread. Runs behind what was submitted before, or not at all if the session has ended. */
  void execute(Runnable task) {
    tasks.add(new Task(null, task));
    wake();
  }

  /** What the broker said at hello. */
  void limits(Reply.Limits limits) {
    execute(
        () -> {
          inbox.frameBytesMax(limits.frameBytes());
          sends.limits(limits.frameBytes(), limits.bufferedBytes());
        });
  }

  boolean isIoThread() {
    return Thread.currentThread() == thread;
  }

  /** Ends the session; returns at once. */
  void close() {
    closing = true;
    selector.wakeup();
  }

  private void wake() {
    if (end != null) {
      // the I/O thread may have looked into the queue for the last time before the task came
      failTasks();
    } else if (!isIoThread()) {
      selector.wakeup();
    }
  }

  private void run() {
    Throwable cause = null;
    try {
      while (!closing && turn()) {}
    } catch (IOException | RuntimeException | Error e) {
      // whatever it is, nobody may be left waiting for a thread that is gone
      cause = e;
    }
    end(cause);
  }

  /** One round of the loop; false at the end of the stream. */
  private boolean turn() throws IOException {
    runTasks();
    outbox.flush(channel);
    key.interestOps(
        outbox.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    if (tasks.isEmpty()) {
      selector.select();
    } else {
      selector.selectNow();
    }
    boolean readable = selector.selectedKeys().remove(key) && key.isReadable();
    return !readable || read();
  }

  private void runTasks() {
    for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
      if (task.operation != null) {
        start(task.operation);
      } else {
        task.other.run();
      }
    }
  }

  private boolean read() throws IOException {
    boolean open = inbox.fill(channel);
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
        onReply(header.requestId(), reply, frame);
      }
    } catch (InvalidMessageException e) {
      onUnknown(header.requestId(), e);
    }
  }

  private void onReply(long requestId, Reply reply, ByteBuffer payload) throws IOException {
    Operation<?> operation = pending.remove(requestId);
    if (operation != null) {
      sends.onEnd(operation);
      operation.onReply(reply, payload);
    } else if (reply instanceof Reply.Error error) {
      throw new IOException("the broker ended the session: " + error.message());
    }
  }

  private void onEvent(long requestId, Event event) {
    if (event instanceof Event.SendReady ready) {
      Operation<?> operation = pending.get(requestId);
      if (operation != null) {
        sends.onReady(operation, ready.length());
      }
    } else {
      if (event instanceof Event.Stopping stopping) {
        stopReason = stopping.reason();
      }
      events.accept(event);
    }
  }

  /** A newer broker tells what this library does not know: an event is passed over. */
  private void onUnknown(long requestId, InvalidMessageException reason) {
    Operation<?> operation = pending.remove(requestId);
    if (operation != null) {
      sends.onEnd(operation);
      operation.onReply(
          new Reply.Error(Errno.name(Errno.EPROTO), Errno.EPROTO, reason.getMessage(), false),
          null);
    }
  }

  private void start(Operation<?> operation) {
    pending.put(operation.id(), operation);
    if (operation.payload() != null) {
      sends.start(operation);
    } else {
      outbox.add(operation.id(), operation.request());
    }
  }

  private void onCancel(Operation<?> operation) {
    if (!pending.containsKey(operation.id())) {
      return;
    }
    if (sends.withdraw(operation)) {
      pending.remove(operation.id());
      operation.onReply(
          new Reply.Error(Errno.name(Errno.ECANCELED), Errno.ECANCELED, "not begun", false), null);
    } else {
      Operation<?> cancel = Operation.plain(new Request.Cancel(operation.id()), null);
      cancel.id(lastId.incrementAndGet());
      start(cancel);
    }
  }

  private void end(Throwable cause) {
    end = closing ? new ClosedChannelException() : new BrokerGoneException(words(), cause);
    closeQuietly();
    failTasks();
    pending.values().forEach(operation -> operation.onLost(end));
    pending.clear();
    onEnd.accept(end);
  }

  private String words() {
    return stopReason == null
        ? "the connection to the broker has ended"
        : "the broker has stopped: " + stopReason;
  }

  /** Any thread, once {@link #end} is set. */
  private void failTasks() {
    for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
      if (task.operation != null) {
        task.operation.onLost(end);
      }
    }
  }

  private void closeQuietly() {
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      // the session is over either way, and why is already known
      end.addSuppressed(e);
    }
  }
}
