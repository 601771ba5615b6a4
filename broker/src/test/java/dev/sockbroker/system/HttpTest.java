package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerChannelFactory;
import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.BrokerSocketFactory;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import fi.iki.elonen.NanoHTTPD;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unchanged HTTP servers and a client on the broker's listeners and connections. */
@WithBroker
class HttpTest {
  private static BrokerProcess process;

  private Broker broker;
  private OkHttpClient client;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
    client =
        new OkHttpClient.Builder()
            .socketFactory(new BrokerSocketFactory(broker))
            .readTimeout(Duration.ofSeconds(30))
            .build();
  }

  @AfterEach
  void close() {
    client.connectionPool().evictAll();
    client.dispatcher().executorService().shutdown();
    broker.close();
  }

  private String url(int port, String path) {
    return "http://127.0.0.1:" + port + path;
  }

  private byte[] post(int port, byte[] body) throws IOException {
    Request request =
        new Request.Builder().url(url(port, "/echo")).post(RequestBody.create(body)).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(200);
      return response.body().bytes();
    }
  }

  /** Many concurrent requests, with and without keep-alive, small and large. */
  private void assertServes(int port) throws Exception {
    byte[] large = new byte[3 << 20];
    new Random(1).nextBytes(large);
    assertThat(post(port, large)).isEqualTo(large);
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        byte[] body = ("caller " + i).getBytes();
        answers.add(callers.submit(() -> post(port, body)));
      }
      for (int i = 0; i < 200; i++) {
        assertThat(new String(answers.get(i).get(60, SECONDS))).isEqualTo("caller " + i);
      }
    } finally {
      callers.shutdownNow();
    }
    TcpOwners.assertConnectedByBroker(process, port);
  }

  // ---- Netty's server, on the socket's own fd

  private static final class Echo extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.OK,
              Unpooled.copiedBuffer(request.content()));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
      context.writeAndFlush(response);
    }
  }

  @Test
  void shouldServeByNetty() throws Exception {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    try (SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      Channel channel =
          new ServerBootstrap()
              .group(group)
              .channelFactory(BrokerChannelFactory.server(web))
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                      connection
                          .pipeline()
                          .addLast(new HttpServerCodec())
                          .addLast(new HttpObjectAggregator(16 << 20))
                          .addLast(new Echo());
                    }
                  })
              .register()
              .sync()
              .channel();
      int port = ((InetSocketAddress) channel.localAddress()).getPort();
      TcpOwners.assertListensInBroker(process, port);
      assertServes(port);
      channel.close().sync();
    } finally {
      group.shutdownGracefully(0, 30, SECONDS).sync();
    }
  }

  // ---- a server on blocking sockets, with a factory

  private static final class Nano extends NanoHTTPD {
    Nano(BrokerServerSocketFactory sockets) {
      super("127.0.0.1", 0);
      setServerSocketFactory(sockets::createServerSocket);
    }

    @Override
    public NanoHTTPD.Response serve(IHTTPSession session) {
      if (session.getUri().equals("/never")) {
        awaitInterrupt();
      }
      try {
        int length = Integer.parseInt(session.getHeaders().get("content-length"));
        byte[] body = session.getInputStream().readNBytes(length);
        return newFixedLengthResponse(
            NanoHTTPD.Response.Status.OK,
            "application/octet-stream",
            new ByteArrayInputStream(body),
            length);
      } catch (IOException e) {
        return newFixedLengthResponse(e.toString());
      }
    }

    private static void awaitInterrupt() {
      try {
        Thread.currentThread().join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void shouldServeByNanoHttpd() throws Exception {
    Duration retain = Duration.ofMinutes(1);
    Nano server = new Nano(new BrokerServerSocketFactory(broker, "nano", retain));
    server.start(30_000, true);
    int port = server.getListeningPort();
    try {
      TcpOwners.assertListensInBroker(process, port);
      assertServes(port);
      TcpOwners.assertServedByBroker(process, port);

      OkHttpClient hurried = client.newBuilder().readTimeout(Duration.ofMillis(100)).build();
      Request never = new Request.Builder().url(url(port, "/never")).build();
      assertThatThrownBy(() -> hurried.newCall(never).execute())
          .isInstanceOf(SocketTimeoutException.class);
    } finally {
      server.stop();
    }
    // its successor has the same listener
    Nano next = new Nano(new BrokerServerSocketFactory(broker, "nano", retain));
    next.start(30_000, true);
    assertThat(next.getListeningPort()).isEqualTo(port);
    assertThat(post(port, "again".getBytes())).isEqualTo("again".getBytes());
    next.stop();
  }
}
