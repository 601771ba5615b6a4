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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The connection to the broker.
 *
 * <p>Whoever makes a request writes it, under {@link #lock}. One thread at a time reads, under
 * {@link #reading}: mostly the I/O thread, but a caller that waits for its own answer and for
 * nothing else reads it itself, which saves two switches of threads. The channel never blocks: an
 * interrupt inside a blocking {@link SocketChannel} would close it, and with it the session and all
 * its descriptors.
 */
final class Connection {
  /**
   * How long the I/O thread leaves reading to callers, once nothing is expected from the broker.
   */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * Room for a whole part of a send, so that it goes out in one write; the kernel may give less.
   */
  private static final int SEND_BUFFER_BYTES = 512 << 10;

  /** Requests that are written together. */
  private static final int BURST = 8;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Thread thread;
  private final Consumer<Event> events;
  private final Consumer<Throwable> onEnd;

  /** Held for what requests change: the outbox, the sends, the operations that wait. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Outbox outbox = new Outbox(new FrameCodec());
  private final Sends sends = new Sends(outbox);
  private final Map<Long, Operation<?>> pending = new HashMap<>();
  private long lastId;

  /**
   * Whether the broker may have something to say that nobody waits for just now. A ring's doorbell
   * is not: it rings for who sleeps only.
   */
  private boolean eventsExpected;

  /** Who waits for an event while somebody else reads. */
  private final Set<Thread> parked = ConcurrentHashMap.newKeySet();

  /** Held by who reads; never asked for by who has {@link #lock}. */
  private final ReentrantLock reading = new ReentrantLock();

  private final FrameCodec codec = new FrameCodec();
  private final Inbox inbox;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private String stopReason;

  /** Grows with each caller that read. */
  private volatile int callersReads;

  /** The broker has closed its end; what that means is the I/O thread's to say. */
  private volatile boolean atEnd;

  private volatile boolean closing;

  /** Of whoever wrote; what the broker has said before is still read. */
  private volatile IOException writeFailure;

  /** What went wrong on another thread than the I/O thread, whose it is to end the session. */
  private volatile Throwable failure;

  /** Why no request can be made any more; null while the session lives. Set under the lock. */
  private volatile Throwable end;

  /**
   * @param events hears every event but those of a send, on the thread that reads
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
    inbox = new Inbox(channel, this::room);
    thread = new Thread(this::run, "sockbroker-client");
    thread.setDaemon(true);
  }

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
    begin(operation);
    // else whoever reads sees it when he is done
    if (!reading.isLocked()) {
      LockSupport.unpark(thread);
    }
  }

  /** Any thread. The operation ends with its own reply, which may well carry data. */
  void cancel(Operation<?> operation) {
    execute(() -> onCancel(operation));
  }

  /** Any thread. Runs behind what was submitted before, or not at all if the session has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    nudge();
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
      readUntil(operation::isDone, Long.MAX_VALUE);
    }
  }

  /**
   * Waits until an event may have brought about what is waited for, or for that long; maybe for
   * nothing. Reads if nobody else does, which saves a switch of threads.
   *
   * @throws IllegalStateException on the thread that reads, which would wait for itself
   */
  void awaitEvent(BooleanSupplier condition, long nanos) {
    checkMayWait();
    if (!VirtualThreads.isCurrent() && readUntil(condition, nanos)) {
      return;
    }
    parked.add(Thread.currentThread());
    // else whoever reads sees it when he is done
    if (!reading.isLocked()) {
      LockSupport.unpark(thread);
    }
    LockSupport.parkNanos(this, nanos);
    parked.remove(Thread.currentThread());
  }

  /** Any thread: what that one waits for has come, or it waits for nothing. */
  void wake(Thread waiting) {
    parked.remove(waiting);
    LockSupport.unpark(waiting);
    if (!isReader()) {
      // it may be the one who reads
      selector.wakeup();
    }
  }

  /** Why no request can be made any more; null while the session lives. */
  Throwable end() {
    return end;
  }

  /**
   * @throws IllegalStateException on the thread that reads
   */
  void checkMayWait() {
    if (isReader()) {
      throw new IllegalStateException(
          "a blocking call on the I/O thread would wait for itself; use the form that answers a"
              + " CompletableFuture, or give Broker.builder() an executor with threads of its own");
    }
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
    locked(
        () -> {
          outbox.frameBytesMax(limits.frameBytes());
          sends.limits(limits.frameBytes(), limits.bufferedBytes());
        });
  }

  /** Whether what the current thread does keeps everything else from being read. */
  boolean isReader() {
    return reading.isHeldByCurrentThread();
  }

  /** Ends the session; returns at once. */
  void close() {
    closing = true;
    nudge();
  }

  private void nudge() {
    selector.wakeup();
    LockSupport.unpark(thread);
  }

  private void locked(Runnable task) {
    lock.lock();
    try {
      task.run();
    } finally {
      lock.unlock();
    }
  }

  private void begin(Operation<?> operation) {
    try {
      if (!hasBegun(operation)) {
        operation.onLost(end);
      }
    } catch (InvalidMessageException e) {
      // nothing went out: the broker would end the session for it
      operation.onReply(refusal(e.errno(), e.getMessage()), null);
    }
  }

  /**
   * @throws InvalidMessageException if no frame can hold it, or JSON has no such value
   */
  private boolean hasBegun(Operation<?> operation) {
    lock.lock();
    try {
      if (end != null) {
        return false;
      }
      operation.id(++lastId);
      start(operation);
      flush();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private static Reply.Error refusal(int errno, String words) {
    return new Reply.Error(Errno.name(errno), errno, words, false);
  }

  /** Under the lock. */
  private void start(Operation<?> operation) {
    Request request = operation.request();
    eventsExpected |=
        request instanceof Request.AsyncSelect
            || request instanceof Request.EventSelect
            || request instanceof Request.CreateEvent;
    if (operation.payload() != null) {
      sends.start(operation);
    } else {
      outbox.add(operation.id(), request);
    }
    pending.put(operation.id(), operation);
  }

  /**
   * Under the lock. Who reads writes what a turn has given rise to at its end, but not so much at
   * once that the broker has nothing to do meanwhile.
   */
  private void flush() {
    if (isReader() && outbox.size() < BURST) {
      return;
    }
    write();
    if (!isReader() && !outbox.isEmpty()) {
      selector.wakeup();
    }
  }

  private void write() {
    try {
      outbox.flush(channel);
    } catch (IOException e) {
      writeFailure = e;
    }
  }

  private void run() {
    Throwable cause = null;
    reading.lock();
    try {
      while (!closing && failure == null && turn(Long.MAX_VALUE)) {
        // a callback in place may have been interrupted: the selector would not wait any more
        Thread.interrupted();
        if (isQuiet()) {
          rest();
        }
      }
      cause = failure;
    } catch (IOException | RuntimeException | Error e) {
      // whatever it is, nobody may be left waiting for a thread that is gone
      cause = e;
    }
    end(cause);
    reading.unlock();
  }

  /**
   * Nothing is expected from the broker, so whoever asks for something next can read the answer.
   */
  private boolean isQuiet() {
    lock.lock();
    try {
      return pending.isEmpty()
          && outbox.isEmpty()
          && tasks.isEmpty()
          && parked.isEmpty()
          && !eventsExpected
          && isOpen();
    } finally {
      lock.unlock();
    }
  }

  /** Leaves reading to callers as long as they come one soon after the other. */
  private void rest() {
    reading.unlock();
    int before;
    do {
      before = callersReads;
      if (!isQuiet()) {
        break;
      }
      LockSupport.parkNanos(REST_NANOS);
    } while (before != callersReads);
    reading.lock();
  }

  private boolean isOpen() {
    return failure == null && !closing && !atEnd;
  }

  /**
   * A caller reads until that is so or the time is over, unless somebody does or has something to
   * do before; then it answers false.
   */
  private boolean readUntil(BooleanSupplier done, long nanos) {
    if (!isOpen() || !reading.tryLock()) {
      return false;
    }
    try {
      long begin = System.nanoTime();
      long left = nanos;
      while (left > 0
          && isOpen()
          && !done.getAsBoolean()
          && !Thread.currentThread().isInterrupted()) {
        turn(left);
        left = nanos - (System.nanoTime() - begin);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    } finally {
      callersReads++;
      reading.unlock();
    }
    if (!isQuiet()) {
      LockSupport.unpark(thread);
    }
    return true;
  }

  /**
   * One round of the loop, under {@link #reading}; false at the end of the stream.
   *
   * @param nanos how long it waits at most, rounded up to milliseconds
   */
  private boolean turn(long nanos) throws IOException {
    runTasks();
    boolean readable = select(nanos);
    boolean open = !readable || read();
    if (open && !readable && writeFailure != null) {
      throw writeFailure;
    }
    locked(this::write);
    atEnd = !open;
    return open;
  }

  private boolean select(long nanos) throws IOException {
    locked(
        () ->
            key.interestOps(
                outbox.isEmpty()
                    ? SelectionKey.OP_READ
                    : SelectionKey.OP_READ | SelectionKey.OP_WRITE));
    if (tasks.isEmpty() && writeFailure == null) {
      selector.select(nanos == Long.MAX_VALUE ? 0 : nanos / 1_000_000 + 1);
    } else {
      selector.selectNow();
    }
    return selector.selectedKeys().remove(key) && key.isReadable();
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private boolean read() throws IOException {
    boolean open = inbox.fill();
    for (ByteBuffer frame = inbox.next(); frame != null; frame = inbox.next()) {
      onFrame(frame);
    }
    return open;
  }

  /** Where a large payload goes at once, null if nowhere. */
  private ByteBuffer room(FrameHeader header, int payloadLength) {
    lock.lock();
    try {
      Operation<?> operation = pending.get(header.requestId());
      return operation == null ? null : operation.room(payloadLength);
    } finally {
      lock.unlock();
    }
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
    Operation<?> operation = takePending(requestId);
    if (operation != null) {
      operation.onReply(reply, payload);
    } else if (reply instanceof Reply.Error error) {
      throw new BrokerException(error.errno(), error.message());
    }
  }

  private Operation<?> takePending(long requestId) {
    lock.lock();
    try {
      Operation<?> operation = pending.remove(requestId);
      if (operation != null) {
        sends.onEnd(operation);
      }
      return operation;
    } finally {
      lock.unlock();
    }
  }

  private void onEvent(long requestId, Event event) {
    if (event instanceof Event.SendReady ready) {
      locked(() -> onSendReady(requestId, ready.length()));
    } else {
      if (event instanceof Event.Stopping stopping) {
        stopReason = stopping.reason();
      }
      events.accept(event);
    }
  }

  private void onSendReady(long requestId, int length) {
    Operation<?> operation = pending.get(requestId);
    if (operation != null) {
      sends.onReady(operation, length);
    }
  }

  /** A newer broker tells what this library does not know: an event is passed over. */
  private void onUnknown(long requestId, InvalidMessageException reason) {
    Operation<?> operation = takePending(requestId);
    if (operation != null) {
      operation.onReply(refusal(Errno.EPROTO, reason.getMessage()), null);
    }
  }

  private void onCancel(Operation<?> operation) {
    if (withdraw(operation)) {
      operation.onReply(refusal(Errno.ECANCELED, "not begun"), null);
    } else if (!operation.isDone()) {
      begin(Operation.plain(new Request.Cancel(operation.id()), null));
    }
  }

  private boolean withdraw(Operation<?> operation) {
    lock.lock();
    try {
      return sends.withdraw(operation) && pending.remove(operation.id()) != null;
    } finally {
      lock.unlock();
    }
  }

  private void end(Throwable cause) {
    Throwable why =
        closing ? new ClosedChannelException() : new BrokerGoneException(words(cause), cause);
    List<Operation<?>> lost = new ArrayList<>();
    locked(
        () -> {
          end = why;
          lost.addAll(pending.values());
          pending.clear();
        });
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
