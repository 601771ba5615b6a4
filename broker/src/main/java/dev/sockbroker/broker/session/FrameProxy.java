package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.RefusedException;
import dev.sockbroker.broker.core.SessionProxy;
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
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes replies and events as frames. Loop thread only. */
final class FrameProxy implements SessionProxy {
  private static final Logger LOG = LoggerFactory.getLogger(FrameProxy.class);

  /** How long a session that is being ended may take to read its last frames. */
  private static final int CLOSE_SECONDS = 5;

  /** How many promises are kept to be used again. */
  private static final int TOLD_MAX = 64;

  private final Channel channel;
  private final Identity identity;
  private final FrameCodec codec;
  private final FdKeys fdKeys;
  private final ArrayDeque<Told> told = new ArrayDeque<>(1);
  private Account account;
  private FdConnection fds;
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

  /** Of its session, once there is one. */
  Account account() {
    return account;
  }

  void account(Account ofSession) {
    account = ofSession;
  }

  Identity identity() {
    return identity;
  }

  /** The client has a second connection; one that it had is closed. */
  void fdConnection(FdConnection connection) {
    if (fds != null) {
      fds.close();
    }
    fds = connection;
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
    write(requestId, reply, 0, promise(delivery));
  }

  @Override
  public void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery) {
    if (payload.isReadable()) {
      write(requestId, reply, payload.readableBytes(), channel.voidPromise());
      channel.write(payload, promise(delivery));
    } else {
      payload.release();
      write(requestId, reply, 0, promise(delivery));
    }
  }

  @Override
  public void event(long requestId, Event event) {
    write(requestId, event, 0, channel.voidPromise());
  }

  private ChannelPromise promise(Delivery delivery) {
    if (delivery == null) {
      return channel.voidPromise();
    }
    Told unused = told.poll();
    return (unused == null ? new Told() : unused).of(delivery);
  }

  /** Tells of one write after the other: Netty's own promise is good for one. */
  private final class Told extends DefaultChannelPromise {
    private Delivery delivery;

    Told() {
      super(channel);
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
      return tell(false);
    }

    private boolean tell(boolean written) {
      Delivery of = delivery;
      delivery = null;
      if (told.size() < TOLD_MAX) {
        told.push(this);
      }
      try {
        of.done(written);
      } catch (RuntimeException e) {
        // not into Netty, which has not finished with this write
        LOG.error("what is due when a frame has gone failed", e);
      }
      return true;
    }
  }

  private void write(long requestId, Message message, int payloadLength, ChannelPromise promise) {
    ByteBuffer head = codec.encode(requestId, message, payloadLength);
    channel.write(channel.alloc().directBuffer(head.remaining()).writeBytes(head), promise);
  }

  /** False also when the connection has ended: then nobody will read. */
  @Override
  public boolean isWritable() {
    return channel.isWritable() && channel.isActive();
  }

  @Override
  public void flush() {
    channel.flush();
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
    // Not closed yet: with unread bytes of the client that would be a reset, and it would never see
    // the last frames. It is closed when the client closes, or after a while.
    channel
        .writeAndFlush(channel.alloc().buffer(0))
        .addListener(written -> ((DuplexChannel) channel).shutdownOutput());
    channel.config().setAutoRead(true);
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
