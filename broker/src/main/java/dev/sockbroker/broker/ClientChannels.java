package dev.sockbroker.broker;

import dev.sockbroker.broker.session.Connections;
import dev.sockbroker.broker.session.LoopShared;
import dev.sockbroker.broker.session.ReadShares;
import dev.sockbroker.broker.session.Rotation;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.util.concurrent.Executor;

/** The channels of all clients, and what they share. Loop thread only. */
final class ClientChannels {
  /**
   * The amount of unread replies after which the broker stops reading a client's requests. It
   * exceeds a typical large receive, because otherwise each such receive would stop and restart
   * reading.
   */
  private static final WriteBufferWaterMark UNREAD_BYTES =
      new WriteBufferWaterMark(64 << 10, 512 << 10);

  /** The maximum size of one read: one whole part of a send. */
  private static final int READ_BYTES_MAX = 512 << 10;

  private final BrokerLoop loop;
  private final LoopShared shared;
  private final Connections connections = new Connections();
  private final ReadShares reads;

  ClientChannels(BrokerLoop loop) {
    this.loop = loop;
    Executor nextPass = loop::executeAfterEventLoopIteration;
    shared = new LoopShared(new Rotation(loop, nextPass));
    reads = new ReadShares(readSizes(), nextPass);
  }

  private static RecvByteBufAllocator readSizes() {
    int small = ReadShares.SMALL_BYTES;
    return new AdaptiveRecvByteBufAllocator(small, small, READ_BYTES_MAX);
  }

  LoopShared shared() {
    return shared;
  }

  Connections connections() {
    return connections;
  }

  /** Sets the options of the channels that a listener accepts. */
  ServerBootstrap configure(ServerBootstrap listener) {
    return listener
        .group(loop)
        // Slices from this allocator are pooled as well.
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD_BYTES)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
  }

  /**
   * Registers the connection of a client of another broker. It does not read.
   *
   * @param fd -1 for a connection that has ended
   */
  Channel adopt(int fd) {
    // Without "true" Netty reads SO_ERROR. If the client has closed with unread replies, the
    // channel
    // would never become active, and its end would never be reported.
    EpollDomainSocketChannel channel =
        fd < 0 ? new EpollDomainSocketChannel() : new EpollDomainSocketChannel(fd, true);
    channel
        .config()
        .setAllocator(PooledByteBufAllocator.DEFAULT)
        .setWriteBufferWaterMark(UNREAD_BYTES)
        .setRecvByteBufAllocator(reads)
        .setAutoRead(false);
    ChannelFuture registered = loop.register(channel);
    if (!registered.isSuccess()) {
      throw new IllegalStateException("a client's connection cannot be used", registered.cause());
    }
    if (fd < 0) {
      channel.close();
    }
    return channel;
  }
}
