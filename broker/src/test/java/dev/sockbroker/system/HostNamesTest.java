package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerSocketFactory;
import dev.sockbroker.client.Resolver;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Host names that the broker resolves (rule 81), with its own file of hosts. */
class HostNamesTest {
  /** Where the server listens, where nobody does, and where nobody answers. */
  private static final String SERVER = "127.0.0.3";

  private static final String EMPTY = "127.0.0.2";
  private static final String SILENT = "127.0.0.4";

  private static final String HOSTS =
      """
      127.0.0.2 db
      127.0.0.3 db
      127.0.0.4 slow
      127.0.0.3 slow
      127.0.0.4 silent
      127.0.0.2 empty
      ::1 both
      127.0.0.3 both
      """;

  private BrokerProcess broker;
  private ServerSocket server;
  private ServerSocket silent;
  private final List<SocketChannel> queued = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    broker = BrokerProcess.startKnowing(HOSTS);
    server = new ServerSocket(0, 50, InetAddress.getByName(SERVER));
    silent = new ServerSocket(server.getLocalPort(), 1, InetAddress.getByName(SILENT));
    // Linux lets in one more than the backlog, and answers nobody after that.
    for (int i = 0; i < 4; i++) {
      SocketChannel it = SocketChannel.open();
      it.configureBlocking(false);
      it.connect(silent.getLocalSocketAddress());
      queued.add(it);
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (SocketChannel it : queued) {
      it.close();
    }
    silent.close();
    server.close();
    broker.close();
  }

  private Address named(String host) {
    return Address.inet(host, server.getLocalPort());
  }

  private Request.Open opening(String host, Long millis) {
    return Request.Open.of(null, SocketType.STREAM, named(host), millis);
  }

  private Reply connect(WireClient client, Family family, String host) throws IOException {
    long socket =
        client.ask(Reply.Opened.class, Request.Open.of(family, SocketType.STREAM)).descriptor();
    return client.ask(new Request.Connect(socket, named(host), null));
  }

  @Test
  void shouldConnectToTheFirstThatAccepts() throws Exception {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      for (String host : List.of("db", "slow", "both", "DB.", SERVER)) {
        Reply.Opened opened = client.ask(Reply.Opened.class, opening(host, null));
        assertThat(opened.peer()).as(host).isEqualTo(Address.inet(SERVER, server.getLocalPort()));
        assertThat(opened.family()).isEqualTo(Family.INET);
      }
      for (String host : List.of("db", "slow", "both")) {
        assertThat(connect(client, Family.INET, host))
            .as(host)
            .isInstanceOfSatisfying(
                Reply.Addresses.class, it -> assertThat(it.peer()).isEqualTo(named(SERVER)));
        assertThat(connect(client, Family.INET6, host))
            .as(host + ", mapped")
            .isInstanceOfSatisfying(
                Reply.Addresses.class,
                it -> assertThat(it.peer()).isEqualTo(named("::ffff:" + SERVER)));
      }
    }
  }

  @Test
  void shouldApplyOptionsAndAddressesToEachAttempt() throws Exception {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      Request.Open open =
          new Request.Open(
              null,
              SocketType.STREAM,
              0,
              Address.inet("::", 0),
              null,
              Map.of("SO_KEEPALIVE", true),
              "pool",
              60_000,
              null,
              null,
              false,
              named("slow"),
              null);
      Reply.Opened opened = client.ask(Reply.Opened.class, open);
      assertThat(
              client
                  .ask(
                      Reply.Option.class,
                      Request.GetOption.named(opened.descriptor(), "SO_KEEPALIVE"))
                  .value())
          .isEqualTo(true);
      assertThat(client.ask(Reply.Opened.class, open))
          .as("the name exists now")
          .returns(false, Reply.Opened::created)
          .returns(opened.socket(), Reply.Opened::socket);
      Request.Open here = opening("db", null).boundTo(Address.inet("127.0.0.7", 0));
      assertThat(client.ask(Reply.Opened.class, here).local().host()).isEqualTo("127.0.0.7");
      client.refused(Errno.EAFNOSUPPORT, opening("db", null).boundTo(Address.inet("::1", 0)));
    }
  }

  @Test
  void shouldSayWhatIsWrong() throws Exception {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      assertThat(client.refused(Errno.ENOENT, opening("nowhere", null)).message())
          .contains("the broker finds no address of the host 'nowhere'");
      assertThat(client.refused(Errno.ECONNREFUSED, opening("empty", null)).message())
          .contains("no address of the host 'empty' accepts: ECONNREFUSED at " + EMPTY);
      client.refused(Errno.EINVAL, opening("no host", null));
      client.refused(Errno.EINVAL, opening("db", 0L));
      client.refused(Errno.EINVAL, opening("db", null).listening(1));
      assertThat(client.refused(Errno.ETIMEDOUT, opening("silent", 50L)).timedOut()).isTrue();
      long socket =
          client
              .ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM))
              .descriptor();
      client.refused(Errno.EINVAL, new Request.Connect(socket, named("db"), 0L));
      client.refused(Errno.ENOENT, new Request.Connect(socket, named("nowhere"), null));
      client.ask(Reply.Addresses.class, new Request.Connect(socket, named("db"), null));
    }
  }

  @Test
  void shouldLeaveNothingBehind() throws Exception {
    int before;
    try (WireClient observer = WireClient.welcomed(broker.socket())) {
      try (WireClient client = WireClient.welcomed(broker.socket())) {
        client.ask(new Request.Ping());
        before = broker.fdCount();
        long cancelled = client.send(opening("silent", null));
        client.ask(Reply.Done.class, new Request.Cancel(cancelled));
        assertThat(client.replyTo(cancelled))
            .isInstanceOfSatisfying(
                Reply.Error.class, it -> assertThat(it.errno()).isEqualTo(Errno.ECANCELED));
        // The JVM itself may have a file open for a moment.
        Awaitility.await().until(() -> broker.fdCount() <= before);
        for (int i = 0; i < 20; i++) {
          client.send(opening("silent", null));
        }
        client.ask(new Request.Ping());
      }
      Awaitility.await().until(() -> broker.fdCount() < before);
      Reply.BrokerInfo info = observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
      assertThat(info.waitingOperations()).isZero();
      assertThat(info.threads()).isZero();
      assertThat(info.sockets()).isZero();
    }
  }

  @Test
  void shouldContinueAfterAnUpgrade() throws Exception {
    try (WireClient client = WireClient.welcomed(broker.socket())) {
      long open = client.send(opening("silent", null));
      long socket =
          client
              .ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM))
              .descriptor();
      long connect = client.send(new Request.Connect(socket, named("slow"), null));
      broker.upgrade();
      assertThat(client.replyTo(connect)).isInstanceOf(Reply.Addresses.class);
      for (SocketChannel it : queued) {
        it.close();
      }
      silent.accept().close();
      silent.accept().close();
      assertThat(client.replyTo(open)).isInstanceOf(Reply.Opened.class);
    }
  }

  @Test
  void shouldServeTheLibrary() throws Exception {
    int port = server.getLocalPort();
    try (Broker session = Broker.connect(broker.socket())) {
      SocketSpec spec = SocketSpec.parse("tcp:db:" + port + ",resolve=broker");
      assertThat(spec).hasToString("tcp:db:" + port + ",resolve=broker");
      try (SharedSocket socket = session.open(spec);
          SharedSocket later = session.openAsync(spec).get()) {
        assertThat(socket.remoteAddress()).isEqualTo(new InetSocketAddress(SERVER, port));
        assertThat(later.remoteAddress()).isEqualTo(socket.remoteAddress());
      }
      try (SharedSocket socket = session.socket(Family.INET, SocketType.STREAM)) {
        socket.connect("db", port, null);
        assertThat(socket.remoteAddress()).isEqualTo(new InetSocketAddress(SERVER, port));
      }
      try (SharedSocket socket = session.socket(Family.INET, SocketType.STREAM)) {
        assertThatThrownBy(() -> socket.connect("nowhere", port, null))
            .isInstanceOf(UnknownHostException.class)
            .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> socket.connect("silent", port, Duration.ofMillis(50)))
            .isInstanceOf(SocketTimeoutException.class);
      }
      SocketSpec unknown = SocketSpec.tcp("nowhere", port).resolve(Resolver.BROKER);
      assertThatThrownBy(() -> session.open(unknown)).isInstanceOf(UnknownHostException.class);
      SocketSpec empty = SocketSpec.tcp("empty", port).resolve(Resolver.BROKER);
      assertThatThrownBy(() -> session.open(empty)).isInstanceOf(ConnectException.class);
    }
    assertThatThrownBy(() -> SocketSpec.tcpListen(1).resolve(Resolver.BROKER))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldServeTheSocketFactory() throws Exception {
    int port = server.getLocalPort();
    Properties properties = new Properties();
    properties.setProperty("socketFactoryArg", broker.socket().toString());
    properties.setProperty(BrokerSocketFactory.RESOLVE_PROPERTY, "broker");
    BrokerSocketFactory factory = new BrokerSocketFactory(properties);
    try (Socket socket = factory.createSocket("slow", port)) {
      assertThat(socket.getInetAddress().getHostName()).isEqualTo("slow");
      assertThat(socket.getInetAddress().getHostAddress()).isEqualTo(SERVER);
      assertThat(socket.getPort()).isEqualTo(port);
    }
    for (InetSocketAddress address :
        List.of(
            InetSocketAddress.createUnresolved("db", port),
            new InetSocketAddress(
                InetAddress.getByAddress("db", new byte[] {10, 0, 0, 1}), port))) {
      try (Socket socket = factory.createSocket()) {
        socket.setTcpNoDelay(true);
        socket.connect(address, 30_000);
        assertThat(socket.getInetAddress().getHostAddress()).isEqualTo(SERVER);
        assertThat(socket.getTcpNoDelay()).isTrue();
      }
    }
    assertThatThrownBy(() -> factory.createSocket("nowhere", port))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("nowhere");
    try (Socket socket = factory.createSocket()) {
      assertThatThrownBy(
              () -> socket.connect(InetSocketAddress.createUnresolved("silent", port), 50))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");
    }
    BrokerSocketFactory process = factory.resolve(Resolver.PROCESS);
    assertThatThrownBy(() -> process.createSocket("db", port))
        .as("only the broker knows it")
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void shouldServeTheCommandLine() throws Exception {
    String spec = "tcp:db:" + server.getLocalPort() + ",resolve=broker";
    Command.Result opened =
        Command.to(broker.socket()).run("open", "--name", "db", "--retain", "60s", spec);
    assertThat(opened.exitCode()).as(opened.err()).isZero();
    assertThat(Command.to(broker.socket()).run("list").out()).contains(SERVER);
    Command.Result unknown =
        Command.to(broker.socket())
            .run("open", "--name", "x", "--retain", "60s", "tcp:nowhere:1,resolve=broker");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("no address of the host 'nowhere'");
    Command.Result wrong =
        Command.to(broker.socket())
            .run("open", "--name", "x", "--retain", "60s", "tcp-listen:x:1,resolve=broker");
    assertThat(wrong.exitCode()).isEqualTo(2);
  }
}
