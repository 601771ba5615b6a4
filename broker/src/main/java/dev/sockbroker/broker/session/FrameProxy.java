package dev.sockbroker.broker.session;

import static dev.sockbroker.broker.core.Resource.FILE_DESCRIPTORS;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Session;
import dev.sockbroker.broker.core.SessionProxy;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes replies and events as frames. Loop thread only. */
final class FrameProxy implements SessionProxy {
  private static final Logger LOG = LoggerFactory.getLogger(FrameProxy.class);

  /** How long a session that is being ended may take to read its last frames. */
  private static final int CLOSE_SECONDS = 5;

  /** So much is written at once. */
  private static final int FLUSH_BYTES = 64 << 10;

  /** What a client may have sent before it hears that it is turned away. */
  private static final int DRAIN_BYTES = 64 << 10;

  /** Its connection and its pidfd. */
  private static final int FDS = 2;

  /** How many promises are kept to be used again. */
  private static final int TOLD_MAX = 64;

  private final Channel channel;
  private final Identity identity;
  private final FrameCodec codec;
  private final FdKeys fdKeys;
  private final ArrayDeque<Told> told = new ArrayDeque<>(1);
  private Session session;
  private Unread unread;
  private int unflushed;
  private FdOutbox fds;
  private boolean writing;
  private boolean closing;

  /** Ends the session of a process whose connection has gone; null while there is one. */
  private Runnable endWithoutConnection;

  /**
   * @param codec shared by all sessions of the loop, as {@code fdKeys} are
   */
  FrameProxy(Channel channel, Identity identity, FrameCodec codec, FdKeys fdKeys) {
    this.channel = channel;
    this.identity = identity;
    this.codec = codec;
    this.fdKeys = fdKeys;
  }

  Channel channel() {
    return channel;
  }

  /** Its session's. */
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

  /** The client has a second connection; one that it had is closed. */
  void fdOutbox(FdOutbox outbox) {
    if (fds != null) {
      fds.close();
    }
    fds = outbox;
  }

  /** The session is over. */
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
      throw new RefusedException(errno, "too many fds wait to be taken from the fd connection");
    }
  }

  @Override
  public void pass(long requestId, Supplier<int[]> numbers, Delivery passed) {
    fds.pass(requestId, numbers, passed);
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

  /** Tells of one write after the other: Netty's own promise is good for one. */
  private final class Told extends DefaultChannelPromise {
    private Delivery delivery;
    private int beside;

    Told() {
      super(channel);
    }

    /** So much memory is kept with what is written. */
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
      if (beside != 0) {
        unread.unused(-beside);
        beside = 0;
      }
      if (told.size() < TOLD_MAX) {
        told.push(this);
      }
      if (of != null && writing && !written) {
        // The connection is gone. The code that replies is not done and must not be re-entered.
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
      // not into Netty, which has not finished with this write
      LOG.error("what is due when a frame has gone failed", e);
    }
  }

  /** Netty wraps an error of the broker's own in an IOException. */
  static boolean isConnectionEnd(Throwable cause) {
    return cause instanceof IOException && !(cause.getCause() instanceof Error);
  }

  private void write(long requestId, Message message, int payloadLength, ChannelPromise promise) {
    ByteBuffer head = codec.encode(requestId, message, payloadLength);
    write(channel.alloc().directBuffer(head.remaining()).writeBytes(head), promise);
  }

  private void write(ByteBuf bytes, ChannelPromise promise) {
    int length = bytes.readableBytes();
    writing = true;
    channel.write(bytes, promise);
    wrote(length);
    writing = false;
  }

  /** A burst of answers is not kept until its end. */
  private void wrote(int bytes) {
    unflushed += bytes;
    if (unflushed >= FLUSH_BYTES) {
      flush();
    }
  }

  /** False also when the connection has ended: then nobody will read. */
  @Override
  public boolean isWritable() {
    return channel.isWritable() && channel.isActive() && !isTooMuchUnread();
  }

  private boolean isTooMuchUnread() {
    return unread != null && unread.isTooMuch();
  }

  @Override
  public void flush() {
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

  /** A client that is turned away finds the last frame in its own buffer, and costs no fd. */
  private void closeNow() {
    channel
        .writeAndFlush(channel.alloc().buffer(0))
        .addListener(
            _ -> {
              drain();
              channel.close();
            });
  }

  /** With unread bytes of the client the close would be a reset. */
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

  /** A session that was served has time to read the last frames. */
  private void closeLater() {
    account().force(FILE_DESCRIPTORS, FDS);
    channel.closeFuture().addListener(_ -> account().release(FILE_DESCRIPTORS, FDS));
    channel
        .writeAndFlush(channel.alloc().buffer(0))
        .addListener(written -> ((DuplexChannel) channel).shutdownOutput());
    channel.eventLoop().schedule(() -> channel.close(), CLOSE_SECONDS, TimeUnit.SECONDS);
  }

  /** The connection has gone, and the session lives on. */
  void onDisconnected(Runnable endSession) {
    endWithoutConnection = endSession;
  }

  /** Ends the connection now. */
  void abort() {
    closing = true;
    channel.close();
  }

  /** No more requests are wanted. */
  boolean isClosing() {
    return closing;
  }
}
