package servers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.GlobalEventExecutor;

/** Netty on the JDK's channels. At its end it answers the connections that it has accepted. */
public class Main {
  private static final int REQUEST_BYTES_MAX = 65_536;
  private static final long PATIENCE_MILLIS = 5000;

  private static final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private static volatile boolean ending;

  public static void main(String[] arguments) throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    Channel listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(new Connections())
            .bind(Integer.parseInt(arguments[0]))
            .sync()
            .channel();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listener, group)));
    listener.closeFuture().await();
  }

  private static void end(Channel listener, EventLoopGroup group) {
    ending = true;
    listener.close().syncUninterruptibly();
    // Connections that were accepted have been registered when each loop has run its tasks.
    group.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    connections.newCloseFuture().awaitUninterruptibly(PATIENCE_MILLIS);
  }

  private static class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel connection) {
      connections.add(connection);
      connection
          .pipeline()
          .addLast(
              new HttpServerCodec(),
              new HttpServerKeepAliveHandler(),
              new HttpObjectAggregator(REQUEST_BYTES_MAX),
              new Hello());
    }
  }

  private static class Hello extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      byte[] body = ("hello from " + ProcessHandle.current().pid()).getBytes();
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
      if (ending) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      }
      context.writeAndFlush(response);
    }
  }
}
