package dev.sockbroker.broker.session;

import static dev.sockbroker.broker.core.Resource.FILE_DESCRIPTORS;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.core.Session;
import dev.sockbroker.broker.core.SessionProxy;
import dev.sockbroker.broker.core.SingleUseKeys;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.broker.policy.Units;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedConnection.Delivered;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes replies and events as frames. Loop thread only. */
final class FrameProxy implements SessionProxy {
  private static final Logger LOG = LoggerFactory.getLogger(FrameProxy.class);

  /** How long an ending session has to read its last frames. */
  private static final int CLOSE_SECONDS = 5;

  /** The number of written bytes after which a flush is forced. */
  private static final int FLUSH_BYTES = 64 << 10;

  /** How much a client may have sent before it learns that it was refused. */
  private static final int DRAIN_BYTES = 64 << 10;

  /** The connection and the pidfd of the client. */
  private static final int FDS = 2;

  /** How many promises are kept for reuse. */
  private static final int TOLD_MAX = 64;

  private final Channel channel;
  private final Identity identity;
  private final Kernel kernel;
  private final FrameCodec codec;
  private final SingleUseKeys<FrameProxy> fdKeys;
  private final ArrayDeque<Told> told = new ArrayDeque<>(1);

  /** Deliveries whose frames the kernel has not taken, in their order. */
  private final ArrayDeque<Told> outstanding = new ArrayDeque<>(1);

  /** How many bytes were written so far. */
  private long written;

  private Session session;
  private Unread unread;
  private int unflushed;
  private FdOutbox fds;
  private boolean writing;
  private boolean closing;

  /** Whether nothing may be sent yet, because another broker still owns the connection. */
  private boolean held;

  /**
   * Ends the session of a process that has lost its connection. Null while there is a connection.
   */
  private Runnable endWithoutConnection;

  /**
   * @param codec shared by all sessions of the loop, as {@code fdKeys} are
   */
  FrameProxy(
      Channel channel,
      Identity identity,
      Kernel kernel,
      FrameCodec codec,
      SingleUseKeys<FrameProxy> fdKeys) {
    this.channel = channel;
    this.identity = identity;
    this.kernel = kernel;
    this.codec = codec;
    this.fdKeys = fdKeys;
  }

  Channel channel() {
    return channel;
  }

  @Override
  public Subject subject() {
    int connection = ((UnixChannel) channel).fd().intValue();
    Kernel.Peer peer = kernel.peer(connection, identity.pid());
    return new Subject(identity.uid(), peer.groups(), Units.of(peer.cgroup()));
  }

  /** The session's account. */
  Account account() {
    return session.account();
  }

  /**
   * @param onTooMuchUnread ends the session
   */
  void begin(Session begun, Consumer<RefusedException> onTooMuchUnread) {
    session = begun;
    unread = new Unread(channel, begun.account(), onTooMuchUnread);
    channel.closeFuture().addListener(_ -> unread.release());
  }

  Identity identity() {
    return identity;
  }

  /** Sets the client's fd connection and closes the former one. */
  void fdOutbox(FdOutbox outbox) {
    if (fds != null) {
      fds.close();
    }
    fds = outbox;
  }

  /** Closes the fd connection of a session that has ended. */
  void closeFdConnection() {
    fdKeys.drop(this);
    if (fds != null) {
      fds.close();
    }
  }

  @Override
  public String newFdKey() {
    return fdKeys.make(this);
  }

  @Override
  public void checkTakesFds() {
    int errno = fds == null ? Errno.ENOTCONN : fds.refusal();
    if (errno == Errno.ENOTCONN) {
      throw new RefusedException(errno, "this session has no fd connection; open one first");
    } else if (errno != 0) {
      throw new RefusedException(
          errno, "too many fds are waiting to be received on the fd connection");
    }
  }

  @Override
  public void pass(long requestId, Passing passing) {
    fds.pass(requestId, passing);
  }

  @Override
  public void reply(long requestId, Reply reply) {
    write(requestId, reply, 0, channel.voidPromise());
  }

  @Override
  public void reply(long requestId, Reply reply, Delivery delivery) {
    write(requestId, reply, 0, delivery == null ? channel.voidPromise() : promise(delivery));
  }

  @Override
  public void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery) {
    if (payload.isReadable()) {
      int count = payload.readableBytes();
      write(requestId, reply, count, channel.voidPromise());
      write(payload, promise(delivery).beside(payload.capacity() - count));
    } else {
      payload.release();
      write(requestId, reply, 0, delivery == null ? channel.voidPromise() : promise(delivery));
    }
  }

  @Override
  public void event(long requestId, Event event) {
    write(requestId, event, 0, channel.voidPromise());
  }

  private Told promise(Delivery delivery) {
    Told unused = told.poll();
    return (unused == null ? new Told() : unused).of(delivery);
  }

  /** A reusable promise. Netty's own promise can only be used for one write. */
  private final class Told extends DefaultChannelPromise {
    private Delivery delivery;
    private int beside;

    /** The end of its frame in all that was written. */
    private long end;

    Told() {
      super(channel);
    }

    /** Sets how much memory the written data keeps in addition to its own bytes. */
    Told beside(int bytes) {
      beside = bytes;
      unread.unused(bytes);
      return this;
    }

    Told of(Delivery of) {
      delivery = of;
      return this;
    }

    @Override
    public boolean trySuccess(Void result) {
      return tell(true);
    }

    @Override
    public boolean tryFailure(Throwable cause) {
      if (!isConnectionEnd(cause)) {
        LOG.error("writing a frame failed", cause);
      }
      return tell(false);
    }

    private boolean tell(boolean written) {
      Delivery of = delivery;
      delivery = null;
      if (outstanding.peek() == this) {
        outstanding.poll();
      }
      if (beside != 0) {
        unread.unused(-beside);
        beside = 0;
      }
      if (told.size() < TOLD_MAX) {
        told.push(this);
      }
      if (of != null && writing && !written) {
        // The connection is gone. Runs later, because the code that is replying must not be
        // re-entered.
        channel.eventLoop().execute(() -> finish(of, false));
      } else if (of != null) {
        finish(of, written);
      }
      return true;
    }
  }

  private static void finish(Delivery delivery, boolean written) {
    try {
      delivery.done(written);
    } catch (RuntimeException e) {
      // Must not reach Netty, which is still inside this write.
      LOG.error("an action after the sending of a frame failed", e);
    }
  }

  /**
   * Whether the connection has ended. Netty wraps errors of the broker itself in an IOException,
   * too.
   */
  static boolean isConnectionEnd(Throwable cause) {
    return cause instanceof IOException && !(cause.getCause() instanceof Error);
  }

  private void write(long requestId, Message message, int payloadLength, ChannelPromise promise) {
    ByteBuffer head = codec.encode(requestId, message, payloadLength);
    write(channel.alloc().directBuffer(head.remaining()).writeBytes(head), promise);
  }

  private void write(ByteBuf bytes, ChannelPromise promise) {
    int length = bytes.readableBytes();
    written += length;
    if (promise instanceof Told it && it.delivery != null) {
      it.end = written;
      outstanding.add(it);
    }
    writing = true;
    channel.write(bytes, promise);
    wrote(length);
    writing = false;
  }

  /**
   * Saves what the kernel has not taken. Everything must have been flushed.
   *
   * @param input of the connection
   */
  SavedConnection save(Saving saving, Fd pidfd, ByteBuf input, Long patienceNanos) {
    ByteBuf output = Unsent.of(channel);
    long begin = written - output.readableBytes();
    return new SavedConnection(
        channel.isOpen() ? new Fd(((UnixChannel) channel).fd().intValue()) : null,
        identity.pid(),
        identity.uid(),
        pidfd,
        session == null || session.isEnded() ? 0 : session.id(),
        input,
        patienceNanos,
        output,
        outstanding.stream()
            .map(it -> new Delivered(it.end - begin, it.delivery.save(saving)))
            .toList(),
        fdKeys.of(this),
        fds == null || fds.isClosed() ? null : fds.save(saving),
        !channel.isWritable());
  }

  /** Sends nothing until {@link #resume}. */
  FrameProxy held() {
    held = true;
    return this;
  }

  /** Sends what was written since {@link #held}. */
  void resume() {
    held = false;
    flush();
  }

  /** Writes what another broker could not write. */
  void restore(SavedConnection saved, Restoring restoring) {
    if (saved.fdKey() != null) {
      fdKeys.restore(this, saved.fdKey());
    }
    WriteBufferWaterMark marks = channel.config().getWriteBufferWaterMark();
    if (saved.full()) {
      // The same output counts less in fewer buffers, but it is still full until the client reads.
      channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(marks.low(), marks.low()));
    }
    restoreOutput(saved, restoring);
    channel.config().setWriteBufferWaterMark(marks);
  }

  private void restoreOutput(SavedConnection saved, Restoring restoring) {
    ByteBuf output = saved.output();
    long at = 0;
    for (Delivered it : saved.deliveries()) {
      Delivery delivery = restoring.delivery(it.delivery());
      write(
          output.readRetainedSlice((int) (it.end() - at)),
          delivery == null ? channel.voidPromise() : promise(delivery));
      at = it.end();
    }
    write(output, channel.voidPromise());
  }

  /** Flushes during a burst of replies, instead of buffering all of them. */
  private void wrote(int bytes) {
    unflushed += bytes;
    if (unflushed >= FLUSH_BYTES) {
      flush();
    }
  }

  /** Also returns false when the connection has ended, because nobody will read. */
  @Override
  public boolean isWritable() {
    return channel.isWritable() && channel.isActive() && !isTooMuchUnread();
  }

  private boolean isTooMuchUnread() {
    return unread != null && unread.isTooMuch();
  }

  @Override
  public void flush() {
    if (held) {
      return;
    }
    unflushed = 0;
    channel.flush();
    if (unread != null) {
      unread.account();
    }
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    // An fd belongs to a reply, and an ended session gets none. A new broker could not
    // restore the connection without a session.
    closeFdConnection();
    if (endWithoutConnection != null) {
      endWithoutConnection.run();
      return;
    }
    if (channel.isOpen()) {
      channel.config().setAutoRead(true);
    }
    if (session != null && session.isWelcomed() && account().hasRoom(FILE_DESCRIPTORS, FDS)) {
      closeLater();
    } else {
      closeNow();
    }
  }

  /**
   * Closes the connection of a refused client as soon as the last frame is in the client's receive
   * buffer. After an upgrade that can take forever, because the client may not read.
   */
  private void closeNow() {
    ChannelFuture written = channel.writeAndFlush(channel.alloc().buffer(0));
    if (!written.isDone()) {
      channel.eventLoop().schedule(() -> channel.close(), CLOSE_SECONDS, TimeUnit.SECONDS);
    }
    written.addListener(
        _ -> {
          drain();
          channel.close();
        });
  }

  /**
   * Reads what the client has sent, because closing with unread bytes would reset the connection.
   */
  private void drain() {
    ByteBuf unwanted = channel.alloc().directBuffer(DRAIN_BYTES);
    try {
      ((UnixChannel) channel).fd().read(unwanted.internalNioBuffer(0, DRAIN_BYTES), 0, DRAIN_BYTES);
    } catch (IOException e) {
      LOG.debug("a connection that is being closed ended: {}", e.getMessage());
    } finally {
      unwanted.release();
    }
  }

  /** Closes the connection after a delay, so that the client can read the last frames. */
  private void closeLater() {
    account().force(FILE_DESCRIPTORS, FDS);
    channel.closeFuture().addListener(_ -> account().release(FILE_DESCRIPTORS, FDS));
    channel
        .writeAndFlush(channel.alloc().buffer(0))
        .addListener(written -> ((DuplexChannel) channel).shutdownOutput());
    channel.eventLoop().schedule(() -> channel.close(), CLOSE_SECONDS, TimeUnit.SECONDS);
  }

  /** Keeps the session alive without its connection. */
  void onDisconnected(Runnable endSession) {
    endWithoutConnection = endSession;
  }

  /** Closes the connection immediately. */
  void abort() {
    closing = true;
    channel.close();
  }

  /** Whether the session is ending, so that no more requests are accepted. */
  boolean isClosing() {
    return closing;
  }
}
