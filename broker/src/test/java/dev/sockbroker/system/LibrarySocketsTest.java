package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.Received;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kinds of sockets, and their ends, as the client library has them. */
@Timeout(60)
@WithBroker
final class LibrarySocketsTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess process;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void shouldListenOnBothVersionsOfIpWithoutAHost() throws Exception {
    try (SharedSocket listener = broker.open(SocketSpec.tcpListen(0))) {
      int port = ((InetSocketAddress) listener.localAddress()).getPort();
      try (Socket plain = new Socket("127.0.0.1", port);
          SharedSocket accepted = listener.accept(SOON)) {
        assertThat(accepted.remoteAddress()).isEqualTo(plain.getLocalSocketAddress());
        assertThat(accepted.localAddress()).isEqualTo(plain.getRemoteSocketAddress());
      }
    }
  }

  @Test
  void shouldSpeakUnixStreams(@TempDir Path directory) throws Exception {
    String path = directory.resolve("x.sock").toString();
    try (SharedSocket listener = broker.open(SocketSpec.unixListen(path));
        SharedSocket client = broker.open(SocketSpec.unix(path));
        SharedSocket server = listener.accept(SOON)) {
      client.send(ByteBuffer.wrap(new byte[] {1, 2}));
      client.shutdown(Direction.SEND);

      assertThat(server.inputStream().readAllBytes()).containsExactly(1, 2);
      assertThat(listener.localAddress()).hasToString(path);
    }
  }

  @Test
  void shouldExchangeDatagramsWithTheirSenders() throws Exception {
    try (SharedSocket one = broker.open(SocketSpec.udp("127.0.0.1", 0));
        SharedSocket two = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      one.sendTo(ByteBuffer.allocate(10), two.localAddress());
      Received cut = two.receiveMessage(3, SOON);
      assertThat(cut.data().remaining()).isEqualTo(3);
      assertThat(cut.size()).isEqualTo(10);
      assertThat(cut.isTruncated()).isTrue();
      assertThat(cut.from()).isEqualTo(one.localAddress());

      two.sendTo(ByteBuffer.allocate(0), cut.from());
      Received empty = one.receiveMessage(100, SOON);
      assertThat(empty.size()).isZero();
      assertThat(empty.isTruncated()).isFalse();
    }
  }

  @Test
  void shouldSayWhatIsWrongInTheJdksKinds() throws Exception {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    SocketSpec same = SocketSpec.tcpListen("127.0.0.1", port);
    assertThatThrownBy(() -> broker.open(same))
        .isInstanceOf(BindException.class)
        .satisfies(e -> assertThat(BrokerException.errnoOf(e)).isEqualTo(Errno.EADDRINUSE));
    assertThatThrownBy(() -> listener.accept(Duration.ofMillis(10)))
        .isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> listener.accept(Duration.ZERO))
        .isInstanceOf(WouldBlockException.class);
    listener.setBlocking(false);
    assertThatThrownBy(listener::accept).isInstanceOf(WouldBlockException.class);
    listener.close();
    assertThatThrownBy(() -> broker.open(SocketSpec.tcp("127.0.0.1", port)))
        .isInstanceOf(ConnectException.class)
        .satisfies(e -> assertThat(BrokerException.errnoOf(e)).isEqualTo(Errno.ECONNREFUSED));
    assertThatThrownBy(listener::accept).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> broker.attach("nobody"))
        .isInstanceOf(BrokerException.class)
        .hasMessageStartingWith("ENOENT");
  }

  @Test
  void shouldLeaveNoNameBehindIfTheConnectFails() throws Exception {
    int closed;
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      closed = server.getLocalPort();
    }
    SocketSpec spec =
        SocketSpec.tcp("127.0.0.1", closed).name("failing").retain(Duration.ofMinutes(1));

    assertThatThrownBy(() -> broker.open(spec)).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> broker.openAsync(spec).get(30, SECONDS))
        .hasCauseInstanceOf(ConnectException.class);

    assertThatThrownBy(() -> broker.attach("failing")).hasMessageStartingWith("ENOENT");
  }

  @Test
  void shouldReadAStreamToItsEnd() throws Exception {
    try (Loopback pair = Loopback.connect(broker)) {
      InputStream in = pair.shared().inputStream(SOON);
      pair.plain().getOutputStream().write(new byte[] {1, 2, (byte) 200});
      pair.plain().shutdownOutput();

      assertThat(in.readNBytes(2)).containsExactly(1, 2);
      assertThat(in.read()).isEqualTo(200);
      assertThat(in.read()).isEqualTo(-1);
      in.close();
      assertThat(pair.shared().isClosed()).isTrue();
    }
  }

  @Test
  void shouldLiveOnAfterADatagramThatNoFrameHolds() throws Exception {
    try (SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      assertThatThrownBy(() -> udp.sendTo(ByteBuffer.allocate(2 << 20), udp.localAddress()))
          .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.EMSGSIZE));
      broker.ping();
    }
  }

  /** The kernel allows a zero byte in an abstract name, but no Java path can contain one. */
  @Test
  void shouldReceiveFromASenderWhoseNameIsNoPath() throws Exception {
    String name = "@receiver-" + ProcessHandle.current().pid();
    try (SharedSocket receiver = broker.open(SocketSpec.unixDgram(name));
        SharedSocket sender = broker.open(SocketSpec.unixDgram(name + "\0sender"))) {
      sender.connect(UnixDomainSocketAddress.of(name));
      sender.send(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      assertThat(receiver.receiveMessage(10, SOON).data().remaining()).isEqualTo(3);
    }
  }

  @Test
  void shouldAcceptByTheFactoryWhatWasResetBefore() throws Exception {
    try (ServerSocket listener = new BrokerServerSocketFactory(broker).createServerSocket(0)) {
      Socket plain = new Socket("127.0.0.1", listener.getLocalPort());
      plain.setSoLinger(true, 0);
      plain.close();
      listener.setSoTimeout(5000);
      listener.accept().close();
    }
  }
}
