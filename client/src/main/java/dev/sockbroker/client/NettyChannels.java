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

/** Makes Netty's channels of raw fds. Programs without Netty never load this class. */
final class NettyChannels {
  private static final int SOL_SOCKET = 1;
  private static final int SO_ACCEPTCONN = 30;

  private NettyChannels() {}

  /**
   * @param fd belongs to the channel from now on, and is closed if there is none
   * @return a channel that is not registered yet
   */
  static Channel of(int fd, Family family, SocketType type) throws IOException {
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
      FdSockets.close(fd);
      throw e;
    }
  }

  /**
   * @param handler of the channel, or of each of its connections if it is a listener
   */
  static ChannelFuture register(Channel channel, EventLoopGroup group, ChannelHandler handler) {
    if (channel instanceof ServerChannel listener) {
      return new ServerBootstrap()
          .group(group)
          .channelFactory(() -> listener)
          .childHandler(handler)
          .register();
    }
    return new Bootstrap().group(group).channelFactory(() -> channel).handler(handler).register();
  }
}
