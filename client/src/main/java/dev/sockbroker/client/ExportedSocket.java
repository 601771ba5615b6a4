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
 * A file descriptor of the broker's own socket, made by {@link SharedSocket#export}: the same
 * socket of the kernel, at native speed and beyond rights and limits (contract, rule 46).
 *
 * <p>It has one owner: this object, until {@link #channel} or {@link #detach} gives it away. The
 * broker shuts the socket down when its last descriptor goes, so the {@link SharedSocket} stays
 * open as long as this is used. And the peer of a connection sees its end when both are closed.
 *
 * <p>A child that this JVM starts does not inherit it. Java cannot set FD_CLOEXEC on it: native
 * code that calls fork(2) and execve(2) itself has to.
 *
 * <p>Safe for any thread.
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
   * The number, for calls that do not close it; good until this object is closed.
   *
   * @throws IllegalStateException if it was closed or given away
   */
  public int fd() {
    if (given.get()) {
      throw gone();
    }
    return fd;
  }

  /**
   * The number, which is the caller's to close from now on.
   *
   * @throws IllegalStateException if it was closed or given away
   */
  public int detach() {
    take();
    return fd;
  }

  /**
   * Makes it a channel of Netty's, which owns the fd from now on: an {@code EpollSocketChannel},
   * {@code EpollServerSocketChannel}, {@code EpollDatagramChannel} or the Unix one of these. A
   * stream socket must be connected or listen.
   *
   * @param group with an {@code EpollIoHandler}
   * @param handler of a connection or datagram socket; of a listener that of each connection, and
   *     then it is {@code @Sharable} or a {@code ChannelInitializer}
   * @return done when the channel is registered; if that fails it is closed, and so is the fd
   * @throws IllegalStateException if it was closed or given away
   */
  @SuppressWarnings("exports") // a caller requires Netty's module
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

  /** Not registered; it owns the fd. */
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
      // Told that it listens: without a word it would never accept.
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

  /** Closes the fd if it is still this object's. The descriptor stays open. */
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
