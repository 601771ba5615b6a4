package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerChannelFactory;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Netty's bootstraps on brokered sockets. */
@WithBroker
class BootstrapTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess process;
  private static MultiThreadIoEventLoopGroup group;
  private Broker broker;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    group = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  }

  @AfterAll
  static void stop() {
    group.shutdownGracefully(0, 30, SECONDS).syncUninterruptibly();
  }

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  private static ServerBootstrap bootstrap(SharedSocket listener) {
    return new ServerBootstrap()
        .group(group)
        .channelFactory(BrokerChannelFactory.server(listener))
        .option(ChannelOption.SO_BACKLOG, 100)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(new EchoHandler());
  }

  private static void assertEchoes(SocketAddress address) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(address, (int) SOON.toMillis());
      assertEchoes(client);
    }
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.setSoTimeout((int) SOON.toMillis());
    client.getOutputStream().write("hello".getBytes(UTF_8));
    assertThat(client.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
  }

  @Test
  void shouldServeByRegister() throws Exception {
    try (SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      Channel channel = bootstrap(web).register().sync().channel();
      assertThat(channel.isActive()).isTrue();
      assertThat(channel.localAddress()).isEqualTo(web.localAddress());
      for (int i = 0; i < 20; i++) {
        assertEchoes(web.localAddress());
      }
      channel.close().sync();
    }
  }

  /** Does what libraries with their own bootstrap do. */
  @Test
  void shouldServeByBind() throws Exception {
    try (SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      InetSocketAddress address = (InetSocketAddress) web.localAddress();
      Channel first = bootstrap(web).bind(address).sync().channel();
      Channel second = bootstrap(web).bind(address.getPort()).sync().channel();
      Channel third = bootstrap(web).bind(0).sync().channel();
      for (int i = 0; i < 20; i++) {
        assertEchoes(address);
      }
      first.close().sync();
      second.close().sync();
      assertEchoes(address);
      third.close().sync();
    }
  }

  @Test
  void shouldNotBindToAnotherAddress() throws Exception {
    try (SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      assertThatThrownBy(() -> bootstrap(web).bind("127.0.0.2", 0).sync())
          .isInstanceOf(BindException.class)
          .hasMessageContaining("not 127.0.0.2");
      assertEchoesAfterwards(web);
    }
  }

  private static void assertEchoesAfterwards(SharedSocket web) throws Exception {
    Channel channel = bootstrap(web).register().sync().channel();
    assertEchoes(web.localAddress());
    channel.close().sync();
  }

  @Test
  void shouldServeUnixListeners() throws Exception {
    String path = directory.resolve("x").toString();
    try (SharedSocket web = broker.open(SocketSpec.unixListen(path));
        SharedSocket client = broker.open(SocketSpec.unix(path))) {
      Channel channel =
          new ServerBootstrap()
              .group(group)
              .channelFactory(BrokerChannelFactory.server(web))
              .childHandler(new EchoHandler())
              .register()
              .sync()
              .channel();
      client.send(ByteBuffer.wrap("hello".getBytes(UTF_8)));
      assertThat(client.inputStream(SOON).readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
      channel.close().sync();
    }
  }

  private static Bootstrap client(SharedSocket socket) {
    return new Bootstrap()
        .group(group)
        .channelFactory(BrokerChannelFactory.of(socket))
        .handler(new EchoHandler());
  }

  @Test
  void shouldServeConnections() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK)) {
      SocketAddress address = server.getLocalSocketAddress();
      for (boolean register : new boolean[] {true, false}) {
        try (SharedSocket connection =
                broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
            Socket peer = server.accept()) {
          Bootstrap bootstrap = client(connection);
          Channel channel =
              (register ? bootstrap.register() : bootstrap.connect(address)).sync().channel();
          assertEchoes(peer);
          assertThatThrownBy(() -> client(connection).connect("127.0.0.1", 1).sync())
              .isInstanceOf(ConnectException.class)
              .hasMessage(
                  "the socket is connected to 127.0.0.1:%d, not 127.0.0.1:1"
                      .formatted(server.getLocalPort()));
          channel.close().sync();
        }
      }
    }
  }

  @Test
  void shouldServeDatagrams() throws Exception {
    try (SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0));
        SharedSocket peer = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      Channel channel = client(udp).bind(udp.localAddress()).sync().channel();
      peer.sendTo(ByteBuffer.wrap("hello".getBytes(UTF_8)), udp.localAddress());
      assertThat(UTF_8.decode(peer.receiveMessage(100, SOON).data()).toString()).isEqualTo("hello");
      channel.close().sync();
    }
  }

  @Test
  void shouldSayWhatCannotBeAChannel() throws Exception {
    SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0));
    assertThatThrownBy(() -> BrokerChannelFactory.server(udp).newChannel())
        .isInstanceOf(ChannelException.class)
        .hasMessage(udp + " does not listen");
    udp.close();
    assertThatThrownBy(() -> BrokerChannelFactory.of(udp).newChannel())
        .isInstanceOf(ChannelException.class)
        .hasMessageStartingWith("no channel of " + udp);
  }
}
