package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file descriptor of the broker's own socket, made by {@link SharedSocket#export}. It is the same
 * kernel socket, used at native speed. Rights and limits do not apply to it (contract, rule 46).
 *
 * <p>This object owns the fd until {@link #channel} or {@link #detach} transfers it. The broker
 * shuts the socket down when its last descriptor is closed, so keep the {@link SharedSocket} open
 * while this object is in use. The peer of a connection sees the end when both are closed.
 *
 * <p>A child that this JVM starts does not inherit the fd. Java cannot set FD_CLOEXEC on it, so
 * native code that calls fork(2) and execve(2) must close the fd itself.
 *
 * <p>Any thread may call any method.
 */
public final class ExportedSocket implements AutoCloseable {
  private final int fd;
  private final Family family;
  private final SocketType type;
  private final AtomicBoolean given = new AtomicBoolean();

  ExportedSocket(int fd, Family family, SocketType type) {
    this.fd = fd;
    this.family = family;
    this.type = type;
  }

  /**
   * The fd number, for calls that do not close it. It is valid until this object is closed.
   *
   * @throws IllegalStateException if the fd was closed or transferred
   */
  public int fd() {
    if (given.get()) {
      throw gone();
    }
    return fd;
  }

  /**
   * Transfers the fd to the caller, who must close it.
   *
   * @throws IllegalStateException if the fd was closed or transferred
   */
  public int detach() {
    if (!given.compareAndSet(false, true)) {
      throw gone();
    }
    return fd;
  }

  /**
   * Transfers the fd to a Netty channel: an {@code EpollSocketChannel}, {@code
   * EpollServerSocketChannel} or {@code EpollDatagramChannel}, or the Unix equivalent. A stream
   * socket must be connected or listening.
   *
   * @param group with an {@code EpollIoHandler}
   * @param handler of the connection or datagram socket. For a listener it is the handler of each
   *     connection, so it must be {@code @Sharable} or a {@code ChannelInitializer}.
   * @return done when the channel is registered; if that fails, the channel and the fd are closed
   * @throws IllegalStateException if the fd was closed or transferred
   */
  @SuppressWarnings("exports") // users of this method require Netty's module themselves
  public ChannelFuture channel(EventLoopGroup group, ChannelHandler handler) throws IOException {
    return NettyChannels.register(open(), group, handler);
  }

  /** Returns an unregistered channel that owns the fd. */
  Channel open() throws IOException {
    return NettyChannels.of(detach(), family, type);
  }

  private static IllegalStateException gone() {
    return new IllegalStateException("the fd was closed or given away");
  }

  /** Closes the fd if this object still owns it. The descriptor stays open. */
  @Override
  public void close() throws IOException {
    if (given.compareAndSet(false, true)) {
      FdSockets.close(fd);
    }
  }

  @Override
  public String toString() {
    return "fd " + fd;
  }
}
