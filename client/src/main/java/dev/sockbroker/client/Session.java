package dev.sockbroker.client;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Waits for operations, in both forms. Any thread may call any method. */
final class Session {
  /** Half of what the broker lets wait, because it may still count replies that were received. */
  private static final int FD_CALLS_MAX = 32;

  private final Executor executor;
  private final EventsAdapter events;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Connection connection;
  private final Path path;
  private final SelectorPool selectors = new SelectorPool();
  private final ReentrantLock fdLock = new ReentrantLock();
  private final Semaphore fdTurns = new Semaphore(FD_CALLS_MAX, true);

  /** Opened when it is first needed. Guarded by {@code fdLock}. */
  private FdReceiver fds;

  /** Set by hello, before any other thread can use the session. */
  private volatile int frameBytesMax;

  private Session(Path path, Executor executor, Thread.UncaughtExceptionHandler handler)
      throws IOException {
    this.path = path;
    this.executor = new BackedExecutor(executor);
    events = new EventsAdapter(new SerialExecutor(this.executor, handler));
    connection = Connection.open(path, events::onEvent, this::onEnd);
  }

  private void onEnd(Throwable why) {
    events.onEnd(why);
    ended.complete(null);
    try {
      selectors.close();
    } catch (IOException e) {
      // close(2): they are closed even if this fails
      why.addSuppressed(e);
    }
  }

  /** The selectors of its streams. */
  SelectorPool selectors() {
    return selectors;
  }

  /**
   * @param handler gets what callbacks throw; null for the handler of the thread that ran the
   *     callback
   */
  static Session open(Path path, Executor executor, Thread.UncaughtExceptionHandler handler)
      throws IOException {
    return new Session(path, executor, handler);
  }

  /** Only answers use it, on the thread that reads. */
  EventsAdapter events() {
    return events;
  }

  Executor executor() {
    return executor;
  }

  /** The I/O thread completes it when the session has ended and every call has failed. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** The first call of a session. */
  Reply.Welcome hello(Request hello, Duration timeout) throws IOException {
    Operation<Reply.Welcome> operation =
        new Operation<>(hello, null, null, (reply, payload) -> onWelcome((Reply.Welcome) reply));
    connection.submit(operation);
    try {
      Reply.Welcome welcome =
          value(operation, operation.outcome().get(Timeouts.nanos(timeout), NANOSECONDS), false);
      frameBytesMax = welcome.limits().frameBytes();
      return welcome;
    } catch (TimeoutException e) {
      throw new SocketTimeoutException("the broker did not answer within " + timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the session started");
    } catch (ExecutionException e) {
      throw new AssertionError("an outcome is never a failed future", e);
    }
  }

  private Reply.Welcome onWelcome(Reply.Welcome welcome) {
    connection.limits(welcome.limits());
    return welcome;
  }

  /** The largest frame in bytes, header included, in both directions. */
  int frameBytesMax() {
    return frameBytesMax;
  }

  void close() {
    connection.reading().close();
    if (!connection.reading().isMine()) {
      ended.join();
    }
  }

  /**
   * Waits for the outcome. An interrupt asks the broker to end the operation. If the operation's
   * reply says that something was taken, this returns it and sets the thread's interrupt flag.
   */
  <T> T call(Operation<T> operation) throws IOException {
    connection.reading().checkMayWait();
    connection.submitAndRead(operation);
    if (!operation.isInterruptible()) {
      return value(operation, operation.outcome().join(), false);
    }
    boolean interrupted = false;
    try {
      connection.await(operation);
    } catch (InterruptedException e) {
      interrupted = true;
      awaitCancelled(operation);
    }
    try {
      return value(operation, operation.outcome().join(), interrupted);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The reason why the session has ended; null while it is alive. */
  Throwable end() {
    return connection.end();
  }

  /** Like {@link Reading#awaitEvent}. */
  void awaitEvent(BooleanSupplier condition, long nanos) {
    connection.reading().awaitEvent(condition, nanos);
  }

  /** Like {@link Reading#checkMayWait}. */
  void checkMayWait() {
    connection.reading().checkMayWait();
  }

  /**
   * Takes a lock that another thread may hold for as long as it waits.
   *
   * @throws IllegalStateException on the reading thread, because the other thread may depend on it
   */
  void enter(ReentrantLock lock) {
    if (!lock.tryLock()) {
      checkMayWait();
      lock.lock();
    }
  }

  /** Like {@link Reading#wake}. */
  void wake(Thread waiting) {
    connection.reading().wake(waiting);
  }

  /** Each interrupt sends another cancel, which is harmless. */
  private void awaitCancelled(Operation<?> operation) {
    while (true) {
      connection.cancel(operation);
      try {
        connection.await(operation);
        return;
      } catch (InterruptedException e) {
        // the caller gets the flag at the end
      }
    }
  }

  /** Like {@link #call}, but completes on the executor. */
  <T> CompletableFuture<T> callAsync(Operation<T> operation) {
    CompletableFuture<T> future = new Pending<>(connection, operation);
    connection.submit(operation);
    operation
        .outcome()
        .thenAcceptAsync(it -> complete(future, operation, it), executor)
        .exceptionally(rejected -> reject(future, rejected));
    return future;
  }

  /**
   * The future that a caller gets. Cancelling it asks the broker to end the operation. The future
   * then completes with the broker's reply, so data that was taken is never lost. If the program
   * completes the future itself, for instance with orTimeout, that ends the operation too.
   */
  private static final class Pending<T> extends CompletableFuture<T> {
    private final Connection connection;
    private final Operation<T> operation;

    Pending(Connection connection, Operation<T> operation) {
      this.connection = connection;
      this.operation = operation;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      connection.cancel(operation);
      return false;
    }

    @Override
    public boolean complete(T value) {
      return ended(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      return ended(super.completeExceptionally(failure));
    }

    private boolean ended(boolean byThis) {
      if (byThis && !operation.isDone()) {
        connection.cancel(operation);
      }
      return byThis;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }

  private static <T> void complete(
      CompletableFuture<T> future, Operation<T> operation, Operation.Outcome<T> outcome) {
    try {
      T value = value(operation, outcome, false);
      if (!future.complete(value) && value instanceof SharedSocket unwanted) {
        // nobody else knows about it
        unwanted.closeAsync();
      }
    } catch (IOException | RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  /**
   * The executor was shut down. The future fails on the reading thread, because there is no other.
   */
  private static Void reject(CompletableFuture<?> future, Throwable rejected) {
    future.completeExceptionally(rejected.getCause());
    return null;
  }

  private static <T> T value(
      Operation<T> operation, Operation.Outcome<T> outcome, boolean interrupted)
      throws IOException {
    if (outcome.lost() != null) {
      throw lost(outcome.lost());
    }
    Reply.Error error = outcome.error();
    if (error == null) {
      return outcome.value();
    }
    if (interrupted && error.errno() == Errno.ECANCELED) {
      throw Failures.interrupted(error);
    }
    throw Failures.of(operation.request(), error, operation.isSocketClosed());
  }

  /** Makes a new exception, so that its stack trace shows the waiting caller. */
  static IOException lost(Throwable cause) {
    if (cause instanceof IllegalStateException useless) {
      throw useless;
    }
    if (cause instanceof AsynchronousCloseException) {
      return new AsynchronousCloseException();
    }
    return cause instanceof ClosedChannelException
        ? new ClosedChannelException()
        : new BrokerGoneException(cause.getMessage(), cause.getCause());
  }

  /** Makes the descriptor of this session from a reply. Called on the thread that reads. */
  SharedSocket onOpened(Reply reply) {
    SharedSocket socket = new SharedSocket(this, (Reply.Opened) reply);
    events.onOpened(socket);
    return socket;
  }

  /**
   * The connection for fds. It opens a new one if the last one has ended.
   *
   * @throws IOException also before Java 22, if Netty's native transport is not on the class path
   */
  FdReceiver fds() throws IOException {
    fdLock.lock();
    try {
      if (fds == null || fds.isOver()) {
        Operation<String> key =
            new Operation<>(
                new Request.NewFdKey(),
                null,
                null,
                (reply, payload) -> ((Reply.FdKey) reply).key());
        FdReceiver opened = FdReceiver.open(path, call(key));
        ended.thenRun(opened::close);
        fds = opened;
      }
      return fds;
    } finally {
      fdLock.unlock();
    }
  }

  /**
   * Connects to the same broker once more. The channel is blocking. An interrupt does not end it,
   * because only the broker can delay it.
   */
  SocketChannel connectAgain() throws IOException {
    boolean interrupted = Thread.interrupted();
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
      connection.peer().checkAgain(channel);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A call whose reply comes with fds, over {@link #fds}. */
  interface FdCall<T> {
    T make() throws IOException;
  }

  /**
   * Makes the call. If the fd connection has ended since it was last used, it tries once more.
   * Waits while many other calls wait for fds, because the broker refuses more than some of them.
   */
  <T> T callForFds(FdCall<T> call) throws IOException {
    fdTurns.acquireUninterruptibly();
    try {
      return callInTurn(call);
    } finally {
      fdTurns.release();
    }
  }

  private <T> T callInTurn(FdCall<T> call) throws IOException {
    FdReceiver last = fds();
    try {
      return call.make();
    } catch (BrokerException e) {
      // for a ring, ENOTCONN may also be about the socket
      if (e.errno() != Errno.ENOTCONN || !last.hasEnded()) {
        throw e;
      }
      drop(last);
      return call.make();
    }
  }

  private void drop(FdReceiver ended) {
    ended.end();
    connection.reading().execute(ended::close);
  }

  /** An operation whose reply is a new descriptor. */
  Operation<SharedSocket> opening(Request request) {
    return opening(request, null);
  }

  /**
   * Like {@link #opening(Request)}.
   *
   * @param name by which the request finds or makes the socket; null if it does not
   */
  Operation<SharedSocket> opening(Request request, String name) {
    return new Operation<>(
        request,
        null,
        null,
        (reply, payload) -> {
          SharedSocket socket = onOpened(reply);
          socket.onNamed(name);
          return socket;
        });
  }
}
