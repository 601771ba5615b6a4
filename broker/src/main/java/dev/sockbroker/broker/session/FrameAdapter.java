package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Change;
import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Durable;
import dev.sockbroker.broker.core.EndedSessions;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.core.Session;
import dev.sockbroker.broker.core.SingleUseKeys;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Reads frames and passes requests to the core one by one. It stops reading while the client does
 * not read its replies, even in the middle of a burst, so the memory of a session is bounded.
 * Nothing that a client sends is trusted. A malformed frame ends the session after one error frame;
 * an invalid request only gets an error reply.
 */
public final class FrameAdapter implements ClientConnection.Listener, Rotation.Requests, Durable {
  private final Conductor conductor;
  private final ClientConnection connection;
  private final Identity identity;
  private final Kernel kernel;
  private final FrameCodec codec;
  private final Connections connections;
  private final EndedSessions ended;
  private final SingleUseKeys<FrameProxy> fdKeys;
  private final Rotation rotation;
  private final LoopShared shared;
  private final int frameBytesMax;
  private final long number;
  private final Change change;

  private FrameProxy proxy;
  private final Answers answers;
  private Session session;
  private FrameInput input;
  private int inputCharged;
  private final FrameDeadline deadline = new FrameDeadline();

  /** Whether received requests wait for the session's next turn. */
  private boolean behind;

  /** The timer of the deadline, null if it is not set. */
  private Future<?> timer;

  /** The watch of the client's process; null without one. */
  private WatchedProcess process;

  private RefusedException refusal;

  /**
   * Says why the client's process is refused a session of this connection; null if it was asked.
   */
  private Supplier<RefusedException> helloCheck;

  /**
   * @param identity as the kernel reports it
   * @param connections all connections, to which this one is added
   */
  public FrameAdapter(
      Conductor conductor,
      ClientConnection connection,
      Identity identity,
      Kernel kernel,
      LoopShared shared,
      Connections connections,
      int frameBytesMax) {
    this.conductor = conductor;
    this.connection = connection;
    this.identity = identity;
    this.kernel = kernel;
    codec = shared.codec();
    this.connections = connections;
    ended = conductor.endedSessions();
    fdKeys = shared.fdKeys();
    rotation = shared.rotation();
    this.shared = shared;
    this.frameBytesMax = frameBytesMax;
    number = connections.nextNumber();
    change = conductor.changes().of(this);
    answers = new Answers(shared.connections().ledger(), change);
    connection.answers(answers);
    connection.onChange(change::note);
    connection.onSent(change::noteLogged);
    connection.listener(this);
    connections.add(this);
    change.note();
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.CONNECTION;
  }

  @Override
  public long key() {
    return number;
  }

  @Override
  public Record toWrite(Saving saving) {
    answers.onRecord();
    return connections.has(this) && !isOver() ? save(saving) : null;
  }

  /** Creates the session of a new connection, and serves it. */
  public void begin() {
    proxy = new FrameProxy(connection, identity, kernel, shared);
    proxy.onChange(change::note);
    proxy.onWrite(answers::onWrite);
    input = new FrameInput(shared.connections().buffers(), frameBytesMax);
    try {
      if (refusal != null) {
        throw refusal;
      }
      session = conductor.onConnected(identity, proxy);
      proxy.begin(session, this::onTooMuchUnread);
      awaitFrame();
      connection.reading(true);
    } catch (RefusedException e) {
      end(0, e.errno(), e.getMessage());
    }
  }

  /** Tells the client why it is refused a session. */
  public void refuse(RefusedException why) {
    refusal = why;
  }

  /**
   * Asks whether to refuse the client when it says hello. A connection that shows the key of a
   * session never does.
   *
   * @param check returns the reason to refuse it, or null
   */
  public void checkAtHello(Supplier<RefusedException> check) {
    helloCheck = check;
  }

  /** Sets the watch of the client's process, which ends with the session. */
  public void watchedBy(WatchedProcess watch) {
    process = watch;
  }

  /** Writes everything that was written for the client. */
  void flush() {
    connection.flush();
  }

  void close() {
    connection.close();
  }

  SavedConnection save(Saving saving) {
    return proxy.save(
        saving,
        process == null ? null : new Fd(process.fd()),
        input == null ? Unpooled.EMPTY_BUFFER : input.rest(),
        deadline.save());
  }

  /**
   * Continues a connection of another broker.
   *
   * @param to the proxy of its session
   */
  void restore(SavedConnection saved, FrameProxy to, Restoring restoring) {
    proxy = to;
    proxy.onChange(change::note);
    proxy.onWrite(answers::onWrite);
    session = saved.session() == 0 ? null : restoring.session(saved.session());
    if (session != null) {
      proxy.begin(session, this::onTooMuchUnread);
    }
    if (saved.fd() == null) {
      saved.input().release();
      saved.output().release();
      proxy.onDisconnected(this::endSession);
      return;
    }
    proxy.restore(saved, restoring);
    input = new FrameInput(shared.connections().buffers(), frameBytesMax);
    if (session == null) {
      // the client still has to get its last replies, but nothing more is read
      saved.input().release();
      return;
    }
    input.add(saved.input());
    if (saved.patienceNanos() != null) {
      awaitFrame(deadline.begin(System.nanoTime(), saved.patienceNanos()));
    }
  }

  /** Serves the client, because this broker owns the connection now. */
  void resume() {
    if (!connection.isOpen()) {
      return;
    }
    connection.resume();
    if (session == null) {
      proxy.close();
    } else {
      rotation.onRequests(this);
    }
  }

  /**
   * Ends the session with the client's process. A child process may still hold the connection open.
   */
  public void onProcessEnded() {
    if (session != null) {
      // Close first: this fails the deliveries that the kernel has not taken while the session can
      // still return their data.
      proxy.abort();
      endSession();
    }
  }

  @Override
  public void onClosed() {
    change.note();
    stopReading();
    if (livesOn()) {
      proxy.onDisconnected(this::endSession);
      conductor.onDisconnected(session);
    } else {
      endSession();
    }
    connections.onChange(this);
  }

  /** Whether nothing is left of it. */
  boolean isOver() {
    return !connection.isOpen() && (session == null || session.isEnded());
  }

  /** Whether its session, if it has not ended, has begun. */
  boolean isWelcomed() {
    return session == null || session.isWelcomed();
  }

  private void endWatch() {
    if (process != null) {
      process.close();
      process = null;
    }
  }

  /** Whether the session continues because its process lives on without a connection. */
  private boolean livesOn() {
    return session != null && !session.isEnded() && session.lifetime() == Lifetime.PROCESS;
  }

  private void endSession() {
    change.note();
    if (session != null) {
      conductor.onEnded(session);
      proxy.closeFdConnection();
    }
    endWatch();
    connections.onChange(this);
  }

  @Override
  public void onBytes(ByteBuf bytes) {
    if (input == null || proxy.isClosing()) {
      bytes.release();
      return;
    }
    input.add(bytes);
    change.noteLogged();
    rotation.onRequests(this);
  }

  @Override
  public void onFlushed() {
    proxy.onFlushed();
  }

  @Override
  public void onWritable() {
    if (session != null && input != null) {
      conductor.onWritable(session);
      rotation.onRequests(this);
    }
  }

  @Override
  public Identity process() {
    return identity;
  }

  @Override
  public boolean handleNext() {
    try {
      boolean handled = input != null && !proxy.isClosing() && proxy.isWritable() && readFrame();
      if (handled) {
        deadline.onFrame();
        connection.flushIfMuch();
      }
      return handled;
    } catch (MalformedFrameException e) {
      end(0, Errno.EPROTO, e.getMessage());
    } catch (RuntimeException | Error e) {
      connection.fail(e);
    }
    return false;
  }

  /** Reads more only after all received requests were handled. */
  @Override
  public void onTurnEnd(boolean more) {
    behind = more;
    if (input == null) {
      return;
    }
    try {
      input.fit();
      chargeInput();
      awaitFrame();
    } catch (RefusedException e) {
      end(0, e.errno(), e.getMessage());
    }
    connection.reading(proxy.isClosing() || !behind && proxy.isWritable());
  }

  /**
   * Charges the session for input that is not handled yet (rule 20). The one read that waits for
   * the session's next turn is never refused.
   */
  private void chargeInput() {
    int kept = input.kept();
    if (kept > inputCharged && behind) {
      proxy.account().force(Resource.BUFFERED_BYTES, kept - inputCharged);
    } else if (kept > inputCharged) {
      proxy.account().chargeBeyondOwn(Resource.BUFFERED_BYTES, kept - inputCharged);
    } else if (kept < inputCharged) {
      proxy.account().release(Resource.BUFFERED_BYTES, inputCharged - kept);
    }
    inputCharged = kept;
  }

  /** Ends a session that does not read, so no error frame can reach it. */
  private void onTooMuchUnread(RefusedException why) {
    if (!session.isEnded()) {
      ended.onEnded(identity.pid(), "it does not read: " + why.getMessage());
      proxy.abort();
      endSession();
    }
  }

  /** Handles the next frame. Returns false if no complete frame is available. */
  private boolean readFrame() throws MalformedFrameException {
    if (!input.next()) {
      return false;
    }
    if (input.requestId() == 0) {
      throw new MalformedFrameException("a request's id must not be 0");
    }
    answers.onFrame(input.frameBytes());
    byte[] json = codec.room(input.jsonLength());
    input.readJson(json);
    ByteBuf payload = input.readPayload();
    try {
      onFrame(input.requestId(), input.descriptor(), json, payload);
    } finally {
      payload.release();
    }
    return true;
  }

  private void onFrame(long requestId, long descriptor, byte[] json, ByteBuf payload)
      throws MalformedFrameException {
    try {
      Message message = codec.decode(input.type(), descriptor, json, input.jsonLength());
      if (!(message instanceof Request request)) {
        throw new InvalidMessageException(
            Errno.ENOSYS, message.getClass().getSimpleName() + " is not a request");
      }
      if (!session.isWelcomed() && request instanceof Request.FdHello hello) {
        onFdHello(requestId, hello);
        return;
      }
      if (!session.isWelcomed() && request instanceof Request.StreamHello hello) {
        onStreamHello(requestId, hello);
        return;
      }
      if (!session.isWelcomed() && !(request instanceof Request.Hello)) {
        end(requestId, Errno.EPROTO, "the first request of a session must be hello");
        return;
      }
      if (helloCheck == null || maySayHello(requestId)) {
        conductor.onRequest(session, requestId, descriptor, request, payload);
      }
    } catch (InvalidMessageException e) {
      if (!session.isWelcomed()) {
        end(requestId, e.errno(), e.getMessage());
        return;
      }
      proxy.reply(requestId, error(e.errno(), e.getMessage()));
      proxy.flush();
    }
  }

  private boolean maySayHello(long requestId) {
    RefusedException why = helloCheck.get();
    helloCheck = null;
    if (why == null && process != null && !process.isAlive()) {
      // the check was of a later process with the same pid
      why = new RefusedException(Errno.EINVAL, "the process that connected has ended");
    }
    if (why != null) {
      end(requestId, why.errno(), why.getMessage());
    }
    return why == null;
  }

  /** Makes this connection the fd connection of a session and hands it to another handler. */
  private void onFdHello(long requestId, Request.FdHello hello) {
    FrameProxy owner = fdKeys.use(hello.key(), identity);
    if (owner == null) {
      end(requestId, Errno.EINVAL, "the key is unknown, used, or another process's");
      return;
    }
    FdOutbox fds;
    try {
      fds = FdOutbox.open(kernel, connection, shared.connections(), owner.account());
    } catch (RefusedException e) {
      end(requestId, e.errno(), e.getMessage());
      return;
    }
    conductor.onEnded(session);
    endWatch();
    session = null;
    owner.fdOutbox(fds);
    proxy.reply(requestId, new Reply.Done());
    handOver(new FdHandler(fds, identity, ended));
  }

  private void handOver(FdHandler handler) {
    boolean more = !input.isEmpty();
    stopReading();
    connection.listener(handler);
    connection.answers(null);
    connections.remove(this);
    change.note();
    connection.flush();
    connection.reading(true);
    if (more) {
      handler.onBytes();
    }
  }

  /** Hands the socket of this connection to a stream. */
  private void onStreamHello(long requestId, Request.StreamHello hello) {
    BiConsumer<KernelSocket, ByteBuf> stream = conductor.onStreamHello(hello.key(), identity);
    if (stream == null) {
      end(requestId, Errno.EINVAL, "the key is unknown, used, or another process's");
      return;
    }
    proxy.reply(requestId, new Reply.Done());
    ByteBuf rest = input.rest();
    ByteBuf early =
        shared.connections().buffers().directBuffer(rest.readableBytes()).writeBytes(rest);
    conductor.onEnded(session);
    endWatch();
    session = null;
    stopReading();
    connections.remove(this);
    change.note();
    stream.accept(connection.giveAway(), early);
  }

  /** Ends the session after one error frame with the reason. */
  private void end(long requestId, int errno, String why) {
    ended.onEnded(identity.pid(), why);
    proxy.reply(requestId, error(errno, why + "; the session ends"));
    proxy.close();
    if (session != null) {
      conductor.onEnded(session);
    }
  }

  private static Reply.Error error(int errno, String message) {
    return new Reply.Error(Errno.name(errno), errno, message, false);
  }

  /**
   * Ends a session that owes hello or the rest of a frame and has sent no complete frame between
   * two checks.
   */
  private void awaitFrame() {
    if (!deadline.isSet() && owed() != null) {
      awaitFrame(deadline.begin(System.nanoTime()));
    }
  }

  private void awaitFrame(long nanos) {
    timer = shared.connections().loop().schedule(this::onDeadline, nanos, TimeUnit.NANOSECONDS);
  }

  private void onDeadline() {
    boolean missed = deadline.end();
    String owed = owed();
    if (owed != null && missed) {
      String time = FrameDeadline.PATIENCE_SECONDS + " s";
      end(0, Errno.ETIMEDOUT, owed + " did not arrive within " + time);
    } else {
      awaitFrame();
    }
  }

  private String owed() {
    if (behind || proxy.isClosing() || !proxy.isWritable()) {
      return null;
    } else if (!session.isWelcomed()) {
      return "hello";
    }
    return input.isEmpty() ? null : "the rest of a frame";
  }

  private void stopReading() {
    if (deadline.isSet()) {
      timer.cancel(false);
      deadline.end();
    }
    input.release();
    chargeInput();
    input = null;
  }

  @Override
  public String toString() {
    return "connection of " + session;
  }
}
