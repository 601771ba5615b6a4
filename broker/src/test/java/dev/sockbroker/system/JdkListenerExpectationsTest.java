package dev.sockbroker.system;

import static dev.sockbroker.system.SocketPair.LOOPBACK;
import static dev.sockbroker.system.SocketPair.SOON;
import static dev.sockbroker.system.SocketPair.assertEndsClosed;
import static dev.sockbroker.system.SocketPair.send;
import static dev.sockbroker.system.SocketPair.whileWaiting;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs expect from {@code java.net}'s listeners and from connecting to them: addresses,
 * timeouts, refusals.
 *
 * <p>The tests run with the JDK's sockets and with the broker's. The JDK's sockets are the
 * reference, so the tests expect only what they do.
 */
@ParameterizedClass
@EnumSource
@WithBroker
class JdkListenerExpectationsTest {
  private static BrokerProcess broker;

  @Parameter private SocketPair.Owner owner;

  private SocketPair pair;

  @BeforeEach
  void connect() throws IOException {
    pair = SocketPair.of(owner, broker);
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

  // ---- addresses

  @Test
  void shouldKnowItsAddresses() throws IOException {
    assertThat(pair.listener.getInetAddress()).isEqualTo(LOOPBACK);
    assertThat(pair.listener.getLocalSocketAddress())
        .isEqualTo(new InetSocketAddress(LOOPBACK, pair.listener.getLocalPort()));
    assertThat(pair.client.getInetAddress()).isEqualTo(LOOPBACK);
    assertThat(pair.client.getPort()).isEqualTo(pair.listener.getLocalPort());
    assertThat(pair.client.getLocalAddress()).isEqualTo(LOOPBACK);
    assertThat(pair.client.getLocalPort()).isPositive();
    assertThat(pair.client.getRemoteSocketAddress())
        .isEqualTo(pair.listener.getLocalSocketAddress());
    assertThat(pair.server.getRemoteSocketAddress()).isEqualTo(pair.client.getLocalSocketAddress());
    assertThat(pair.server.getLocalSocketAddress()).isEqualTo(pair.client.getRemoteSocketAddress());
    assertThat(pair.server.getLocalAddress()).isEqualTo(LOOPBACK);
    assertThat(pair.client.isBound()).isTrue();
    assertThat(pair.client.isConnected()).isTrue();
    assertThat(pair.server.isConnected()).isTrue();
    assertThat(pair.client.getChannel()).isNull();
    pair.client.close();
    assertThat(pair.client.getPort()).isEqualTo(pair.listener.getLocalPort());
    assertThat(pair.client.isConnected()).isTrue();
    assertThat(pair.client.isClosed()).isTrue();
  }

  @Test
  void shouldListenOnAllAddresses() throws IOException {
    try (ServerSocket all = pair.servers.createServerSocket(0)) {
      assertThat(all.getInetAddress().isAnyLocalAddress()).isTrue();
      try (Socket four = pair.clients.createSocket("127.0.0.1", all.getLocalPort());
          Socket accepted = all.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(four.getLocalAddress());
      }
      try (Socket six = pair.clients.createSocket("::1", all.getLocalPort());
          Socket accepted = all.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.getByName("::1"));
        assertThat(six.getPort()).isEqualTo(all.getLocalPort());
      }
    }
  }

  @Test
  void shouldConnectFromAnAddress() throws IOException {
    InetAddress other = InetAddress.getByName("127.0.0.2");
    try (Socket from = pair.clients.createSocket(LOOPBACK, pair.listener.getLocalPort(), other, 0);
        Socket accepted = pair.listener.accept()) {
      assertThat(from.getLocalAddress()).isEqualTo(other);
      assertThat(accepted.getInetAddress()).isEqualTo(other);
    }
  }

  @Test
  void shouldBeUnboundAndUnconnectedAtFirst() throws IOException {
    try (Socket fresh = pair.clients.createSocket();
        ServerSocket freshListener = pair.servers.createServerSocket()) {
      assertThat(fresh.isBound()).isFalse();
      assertThat(fresh.isConnected()).isFalse();
      assertThat(fresh.getLocalPort()).isEqualTo(-1);
      assertThat(fresh.getPort()).isZero();
      assertThat(fresh.getRemoteSocketAddress()).isNull();
      assertThat(fresh.getLocalAddress().isAnyLocalAddress()).isTrue();
      assertThatThrownBy(fresh::getInputStream)
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Socket is not connected");
      assertThatThrownBy(fresh::shutdownOutput).hasMessage("Socket is not connected");
      assertThat(freshListener.isBound()).isFalse();
      assertThat(freshListener.getLocalPort()).isEqualTo(-1);
      assertThatThrownBy(freshListener::accept)
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Socket is not bound yet");
    }
  }

  @Test
  void shouldBindItsAddressAgainAtOnce() throws IOException {
    int port = pair.listener.getLocalPort();
    // the side that closes first keeps the address in TIME_WAIT
    pair.server.close();
    assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
    pair.client.close();
    pair.listener.close();
    try (ServerSocket again = pair.servers.createServerSocket(port, 1, LOOPBACK)) {
      assertThat(again.getLocalPort()).isEqualTo(port);
    }
  }

  // ---- timeouts

  @Test
  void shouldEndAnAcceptAfterItsTimeAndGoOn() throws IOException {
    pair.listener.setSoTimeout(50);
    assertThatThrownBy(pair.listener::accept)
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Accept timed out");
    pair.listener.setSoTimeout(SOON);
    try (Socket late = pair.clients.createSocket(LOOPBACK, pair.listener.getLocalPort());
        Socket accepted = pair.listener.accept()) {
      assertThat(accepted.getPort()).isEqualTo(late.getLocalPort());
      assertThat(accepted.getSoTimeout()).as("not the listener's").isZero();
    }
  }

  @Test
  void shouldEndTheAcceptsOfSeveralThreadsAfterTheirTime() throws Exception {
    pair.listener.setSoTimeout(50);
    for (Future<Socket> it : acceptTwice()) {
      assertThatThrownBy(() -> it.get(SOON, TimeUnit.MILLISECONDS))
          .cause()
          .isExactlyInstanceOf(SocketTimeoutException.class)
          .hasMessage("Accept timed out");
    }
  }

  @Test
  void shouldEndTheAcceptsOfSeveralThreadsByClose() throws Exception {
    List<Future<Socket>> waiting = acceptTwice();
    pair.listener.close();
    for (Future<Socket> it : waiting) {
      assertThatThrownBy(() -> it.get(SOON, TimeUnit.MILLISECONDS))
          .cause()
          .isInstanceOf(SocketException.class)
          .hasMessageStartingWith("Socket");
    }
  }

  private List<Future<Socket>> acceptTwice() {
    FutureTask<Socket> first = new FutureTask<>(pair.listener::accept);
    FutureTask<Socket> second = new FutureTask<>(pair.listener::accept);
    Thread.ofPlatform().daemon().start(first);
    Thread.ofVirtual().start(second);
    return List.of(first, second);
  }

  /** A listener with a full queue, so that the kernel answers no further connection. */
  private ServerSocket mute(List<Socket> connected) throws IOException {
    ServerSocket mute = new ServerSocket(0, 1, LOOPBACK);
    while (true) {
      Socket next = new Socket();
      connected.add(next);
      try {
        next.connect(mute.getLocalSocketAddress(), 200);
      } catch (SocketTimeoutException full) {
        return mute;
      }
    }
  }

  @Test
  void shouldEndAConnectAfterItsTime() throws IOException {
    List<Socket> connected = new ArrayList<>();
    try (ServerSocket mute = mute(connected);
        Socket late = pair.clients.createSocket()) {
      assertThatThrownBy(() -> late.connect(mute.getLocalSocketAddress(), 100))
          .isExactlyInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");
      assertThatThrownBy(() -> late.connect(pair.listener.getLocalSocketAddress(), 100))
          .as("it was closed")
          .isInstanceOf(SocketException.class);
    } finally {
      for (Socket it : connected) {
        it.close();
      }
    }
  }

  // ---- close from another thread

  @Test
  void shouldEndAWaitingAcceptByClose() throws Exception {
    assertEndsClosed(whileWaiting(pair.listener::accept, thread -> pair.listener.close()));
  }

  @Test
  void shouldEndAWaitingConnectByClose() throws Exception {
    List<Socket> connected = new ArrayList<>();
    Socket late = pair.clients.createSocket();
    try (ServerSocket mute = mute(connected)) {
      assertEndsClosed(
          whileWaiting(
              () -> {
                late.connect(mute.getLocalSocketAddress(), SOON);
                return null;
              },
              thread -> late.close()));
    } finally {
      for (Socket it : connected) {
        it.close();
      }
    }
  }

  // ---- many connections

  @Test
  void shouldServeManyVirtualThreads() throws Exception {
    ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
    try (ServerSocket many = pair.servers.createServerSocket(0, 200, LOOPBACK)) {
      virtual.submit(
          () -> {
            for (int i = 0; i < 200; i++) {
              Socket accepted = many.accept();
              virtual.submit(() -> echo(accepted));
            }
            return null;
          });
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String text = "caller " + i;
        answers.add(virtual.submit(() -> ask(many.getLocalPort(), text)));
      }
      for (int i = 0; i < 200; i++) {
        assertThat(answers.get(i).get(30, SECONDS)).isEqualTo("caller " + i);
      }
    } finally {
      virtual.shutdownNow();
    }
  }

  private static long echo(Socket accepted) throws IOException {
    try (accepted) {
      return accepted.getInputStream().transferTo(accepted.getOutputStream());
    }
  }

  private String ask(int port, String text) throws IOException {
    try (Socket caller = pair.clients.createSocket(LOOPBACK, port)) {
      send(caller, text);
      caller.shutdownOutput();
      return new String(caller.getInputStream().readAllBytes(), UTF_8);
    }
  }

  // ---- refusals

  @Test
  void shouldSayThatNobodyListens() throws IOException {
    int port = pair.listener.getLocalPort();
    pair.listener.close();
    assertThatThrownBy(() -> pair.clients.createSocket(LOOPBACK, port))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("Connection refused");
  }

  @Test
  void shouldSayThatAHostIsUnknown() throws IOException {
    assertThatThrownBy(() -> pair.clients.createSocket("no-such-host.invalid", 80))
        .isExactlyInstanceOf(UnknownHostException.class)
        .hasMessage("no-such-host.invalid");
    try (Socket fresh = pair.clients.createSocket()) {
      InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no-such-host.invalid", 80);
      assertThatThrownBy(() -> fresh.connect(nowhere, 100))
          .isExactlyInstanceOf(UnknownHostException.class);
    }
  }

  @Test
  void shouldSayThatAnAddressCannotBeBound() throws IOException {
    assertThatThrownBy(
            () -> pair.servers.createServerSocket(pair.listener.getLocalPort(), 1, LOOPBACK))
        .isExactlyInstanceOf(BindException.class)
        .hasMessageStartingWith("Address already in use");
    InetAddress foreign = InetAddress.getByName("203.0.113.1");
    assertThatThrownBy(() -> pair.servers.createServerSocket(0, 1, foreign))
        .isExactlyInstanceOf(BindException.class)
        .hasMessageStartingWith("Cannot assign requested address");
    try (Socket fresh = pair.clients.createSocket()) {
      assertThatThrownBy(() -> fresh.bind(new InetSocketAddress(foreign, 0)))
          .isExactlyInstanceOf(BindException.class);
      fresh.bind(new InetSocketAddress(LOOPBACK, 0));
      assertThat(fresh.getLocalPort()).isPositive();
      assertThatThrownBy(() -> fresh.bind(new InetSocketAddress(LOOPBACK, 0)))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Already bound");
    }
  }

  /** The result beyond the loopback depends on the machine, so the test asks the JDK first. */
  @Test
  void shouldSayWhatTheJdkSaysOfUnreachablePeers() throws IOException {
    InetSocketAddress local = new InetSocketAddress(LOOPBACK, 0);
    for (String peer : List.of("203.0.113.1", "240.0.0.1", "255.255.255.255", "2001:db8::1")) {
      InetSocketAddress address = new InetSocketAddress(peer, 9);
      Throwable expected = failure(new Socket(), local, address);
      Throwable actual = failure(pair.clients.createSocket(), local, address);
      assertThat(actual).as(peer).hasSameClassAs(expected);
      assertThat(actual.getMessage()).as(peer).isEqualTo(expected.getMessage());
    }
  }

  private static Throwable failure(Socket socket, InetSocketAddress from, InetSocketAddress to)
      throws IOException {
    try (socket) {
      socket.bind(from);
      socket.connect(to, 1000);
      throw new AssertionError(to + " is reachable from the loopback");
    } catch (SocketException e) {
      return e;
    }
  }
}
