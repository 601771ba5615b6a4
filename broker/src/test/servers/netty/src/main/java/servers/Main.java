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
  private static final int STEP_MILLIS = 50;
  private static final int STEPS_MAX = 100;

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
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listener)));
    listener.closeFuture().await();
  }

  private static void end(Channel listener) {
    ending = true;
    listener.close().syncUninterruptibly();
    int steps = 0;
    do {
      // the first step is for a connection that was accepted and is not counted yet
      try {
        Thread.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    } while (++steps < STEPS_MAX && !connections.isEmpty());
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
