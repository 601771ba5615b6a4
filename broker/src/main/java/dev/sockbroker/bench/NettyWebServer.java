package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerChannelFactory;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** A web server on Netty, whose listener is its own or the broker's, by its fd. */
final class NettyWebServer implements Closeable {
  private static final int THREADS = 2;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(THREADS, EpollIoHandler.newFactory());
  private final Broker broker;
  private final String address;

  /**
   * @param socket the broker's, empty for a listener of its own
   */
  NettyWebServer(String socket) throws IOException {
    broker = socket.isEmpty() ? null : Broker.connect(Path.of(socket));
    address = Endpoint.text(broker == null ? listen() : listen(broker));
  }

  private InetSocketAddress listen() {
    Channel channel =
        bootstrap()
            .channel(EpollServerSocketChannel.class)
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    return (InetSocketAddress) channel.localAddress();
  }

  private InetSocketAddress listen(Broker of) throws IOException {
    SharedSocket listener =
        of.open(SocketSpec.tcpListen("127.0.0.1", 0).backlog(WebListener.BACKLOG));
    ServerBootstrap bootstrap = bootstrap();
    BrokerChannelFactory<ServerChannel> channels = BrokerChannelFactory.server(listener);
    bootstrap.channelFactory(channels).register().syncUninterruptibly();
    return (InetSocketAddress) listener.localAddress();
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
        .group(loops)
        .option(ChannelOption.SO_BACKLOG, WebListener.BACKLOG)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel connection) {
                connection.pipeline().addLast(new NettyReplies());
              }
            });
  }

  String address() {
    return address;
  }

  @Override
  public void close() throws IOException {
    loops.shutdownGracefully();
    if (broker != null) {
      broker.close();
    }
  }
}
