package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
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
  private static final int SOL_SOCKET = 1;
  private static final int SO_ACCEPTCONN = 30;

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
    take();
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
    Channel channel = open();
    if (channel instanceof ServerChannel listener) {
      return new ServerBootstrap()
          .group(group)
          .channelFactory(() -> listener)
          .childHandler(handler)
          .register();
    }
    return new Bootstrap().group(group).channelFactory(() -> channel).handler(handler).register();
  }

  /** Returns an unregistered channel that owns the fd. */
  Channel open() throws IOException {
    take();
    return wrap();
  }

  private Channel wrap() throws IOException {
    try {
      boolean unix = family == Family.UNIX;
      if (type == SocketType.DGRAM) {
        return unix ? new EpollDomainDatagramChannel(fd) : new EpollDatagramChannel(fd);
      } else if (new Socket(fd).getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 0) {
        return unix ? new EpollDomainSocketChannel(fd) : new EpollSocketChannel(fd);
      }
      // Without this flag the channel would not know that it listens and would never accept.
      return unix ? new EpollServerDomainSocketChannel(fd, true) : new EpollServerSocketChannel(fd);
    } catch (IOException | RuntimeException e) {
      FdReceiver.close(fd);
      throw e;
    }
  }

  private void take() {
    if (!given.compareAndSet(false, true)) {
      throw gone();
    }
  }

  private static IllegalStateException gone() {
    return new IllegalStateException("the fd was closed or given away");
  }

  /** Closes the fd if this object still owns it. The descriptor stays open. */
  @Override
  public void close() throws IOException {
    if (given.compareAndSet(false, true)) {
      FdReceiver.close(fd);
    }
  }

  @Override
  public String toString() {
    return "fd " + fd;
  }
}
