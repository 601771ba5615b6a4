package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.BrokerSocketFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs expect of {@code java.net}'s sockets, of the JDK's own and of the broker's: the
 * first are the measure, so nothing is expected here that they do not do.
 */
@ParameterizedClass
@EnumSource
@Timeout(120)
class JdkExpectationsTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int SOON = 30_000;

  /** Whose sockets. */
  enum Owner {
    JDK,
    BROKER
  }

  private static BrokerProcess broker;

  @Parameter private Owner owner;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private SocketFactory clients;
  private ServerSocketFactory servers;
  private ServerSocket listener;
  private Socket client;
  private Socket server;

  @BeforeAll
  static void start() {
    broker = BrokerProcess.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** A connected pair, both ends of that owner. */
  @BeforeEach
  void connect() throws IOException {
    String path = broker.socket().toString();
    boolean own = owner == Owner.JDK;
    clients = own ? SocketFactory.getDefault() : new BrokerSocketFactory(path);
    servers = own ? ServerSocketFactory.getDefault() : new BrokerServerSocketFactory(path);
    listener = servers.createServerSocket(0, 50, LOOPBACK);
    client = clients.createSocket(LOOPBACK, listener.getLocalPort());
    server = listener.accept();
    client.setSoTimeout(SOON);
    server.setSoTimeout(SOON);
  }

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    listener.close();
    client.close();
    server.close();
  }

  private static void send(Socket from, String text) throws IOException {
    from.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String receive(Socket at, int length) throws IOException {
    return new String(at.getInputStream().readNBytes(length), UTF_8);
  }

  /** Runs the call, waits until its thread sits in it, and does something to it. */
  private static <T> Future<T> whileWaiting(Callable<T> call, Action then) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = new Thread(task, "waits");
    thread.setDaemon(true);
    thread.start();
    awaitInside(thread);
    then.on(thread);
    return task;
  }

  private static void awaitInside(Thread thread) {
    await().until(() -> isWaiting(thread.getStackTrace()));
  }

  /** In the kernel, or for the broker. */
  private static boolean isWaiting(StackTraceElement[] stack) {
    boolean isNative = stack.length > 0 && stack[0].isNativeMethod();
    return Arrays.stream(stack)
        .anyMatch(
            it ->
                it.getClassName().endsWith("NioSocketImpl") && isNative
                    || it.getClassName().endsWith("client.Session"));
  }

  private interface Action {
    void on(Thread thread) throws Exception;
  }

  private static <T> void assertEndsClosed(Future<T> waiting) {
    assertThatThrownBy(() -> waiting.get(30, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }

  // ---- bytes and addresses

  @Test
  void shouldCarryBytesBothWays() throws IOException {
    send(client, "to the server");
    assertThat(receive(server, 13)).isEqualTo("to the server");
    send(server, "and back");
    assertThat(receive(client, 8)).isEqualTo("and back");
  }

  @Test
  void shouldCarryManyBytesBothWaysAtOnce() throws Exception {
    byte[] sent = new byte[8 << 20];
    new Random(1).nextBytes(sent);
    List<Future<byte[]>> received = new ArrayList<>();
    for (Socket end : List.of(client, server)) {
      threads.submit(
          () -> {
            end.getOutputStream().write(sent);
            return null;
          });
      received.add(threads.submit(() -> end.getInputStream().readNBytes(sent.length)));
    }
    for (Future<byte[]> it : received) {
      assertThat(Arrays.equals(it.get(60, SECONDS), sent)).isTrue();
    }
  }

  @Test
  void shouldKnowItsAddresses() throws IOException {
    assertThat(listener.getInetAddress()).isEqualTo(LOOPBACK);
    assertThat(listener.getLocalSocketAddress())
        .isEqualTo(new InetSocketAddress(LOOPBACK, listener.getLocalPort()));
    assertThat(client.getInetAddress()).isEqualTo(LOOPBACK);
    assertThat(client.getPort()).isEqualTo(listener.getLocalPort());
    assertThat(client.getLocalAddress()).isEqualTo(LOOPBACK);
    assertThat(client.getLocalPort()).isPositive();
    assertThat(client.getRemoteSocketAddress()).isEqualTo(listener.getLocalSocketAddress());
    assertThat(server.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
    assertThat(server.getLocalSocketAddress()).isEqualTo(client.getRemoteSocketAddress());
    assertThat(server.getLocalAddress()).isEqualTo(LOOPBACK);
    assertThat(client.isBound()).isTrue();
    assertThat(client.isConnected()).isTrue();
    assertThat(server.isConnected()).isTrue();
    assertThat(client.getChannel()).isNull();
    client.close();
    assertThat(client.getPort()).isEqualTo(listener.getLocalPort());
    assertThat(client.isConnected()).isTrue();
    assertThat(client.isClosed()).isTrue();
  }

  @Test
  void shouldListenOnAllAddresses() throws IOException {
    try (ServerSocket all = servers.createServerSocket(0)) {
      assertThat(all.getInetAddress().isAnyLocalAddress()).isTrue();
      try (Socket four = clients.createSocket("127.0.0.1", all.getLocalPort());
          Socket accepted = all.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(four.getLocalAddress());
      }
      try (Socket six = clients.createSocket("::1", all.getLocalPort());
          Socket accepted = all.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.getByName("::1"));
        assertThat(six.getPort()).isEqualTo(all.getLocalPort());
      }
    }
  }

  @Test
  void shouldConnectFromAnAddress() throws IOException {
    InetAddress other = InetAddress.getByName("127.0.0.2");
    try (Socket from = clients.createSocket(LOOPBACK, listener.getLocalPort(), other, 0);
        Socket accepted = listener.accept()) {
      assertThat(from.getLocalAddress()).isEqualTo(other);
      assertThat(accepted.getInetAddress()).isEqualTo(other);
    }
  }

  @Test
  void shouldBeUnboundAndUnconnectedAtFirst() throws IOException {
    try (Socket fresh = clients.createSocket();
        ServerSocket freshListener = servers.createServerSocket()) {
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

  // ---- time-outs

  @Test
  void shouldEndAReadAfterItsTimeAndGoOn() throws IOException {
    client.setSoTimeout(50);
    assertThat(client.getSoTimeout()).isEqualTo(50);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Read timed out");
    client.setSoTimeout(SOON);
    send(server, "late");
    assertThat(receive(client, 4)).isEqualTo("late");
  }

  @Test
  void shouldEndAnAcceptAfterItsTimeAndGoOn() throws IOException {
    listener.setSoTimeout(50);
    assertThatThrownBy(listener::accept)
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Accept timed out");
    listener.setSoTimeout(SOON);
    try (Socket late = clients.createSocket(LOOPBACK, listener.getLocalPort());
        Socket accepted = listener.accept()) {
      assertThat(accepted.getPort()).isEqualTo(late.getLocalPort());
      assertThat(accepted.getSoTimeout()).as("not the listener's").isZero();
    }
  }

  /** Its queue is full: the kernel answers no further connection. */
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
        Socket late = clients.createSocket()) {
      assertThatThrownBy(() -> late.connect(mute.getLocalSocketAddress(), 100))
          .isExactlyInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");
      assertThatThrownBy(() -> late.connect(listener.getLocalSocketAddress(), 100))
          .as("it was closed")
          .isInstanceOf(SocketException.class);
    } finally {
      for (Socket it : connected) {
        it.close();
      }
    }
  }

  // ---- half close

  @Test
  void shouldCloseOneHalf() throws IOException {
    OutputStream out = client.getOutputStream();
    send(client, "last");
    client.shutdownOutput();
    assertThat(client.isOutputShutdown()).isTrue();
    assertThat(new String(server.getInputStream().readAllBytes(), UTF_8)).isEqualTo("last");
    assertThatThrownBy(() -> out.write('x')).isInstanceOf(SocketException.class);
    assertThatThrownBy(client::getOutputStream).hasMessage("Socket output is shutdown");
    send(server, "still");
    assertThat(receive(client, 5)).isEqualTo("still");
  }

  @Test
  void shouldReadTheEndAfterItShutItsInput() throws IOException {
    InputStream in = client.getInputStream();
    send(server, "unread");
    await().until(() -> in.available() == 6);
    client.shutdownInput();
    assertThat(client.isInputShutdown()).isTrue();
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.available()).isZero();
    assertThatThrownBy(client::getInputStream).hasMessage("Socket input is shutdown");
    send(client, "still");
    assertThat(receive(server, 5)).isEqualTo("still");
  }

  @Test
  void shouldEndAWaitingReadByShutdownInput() throws Exception {
    InputStream in = client.getInputStream();
    Future<Integer> reading = whileWaiting(in::read, thread -> client.shutdownInput());
    assertThat(reading.get(30, SECONDS)).isEqualTo(-1);
  }

  @Test
  void shouldShutWhatHasEnded() throws IOException {
    server.setSoLinger(true, 0);
    server.close();
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    client.shutdownOutput();
    client.shutdownInput();
    assertThat(client.isOutputShutdown()).isTrue();
  }

  // ---- the end

  @Test
  void shouldReadWhatCameAndThenTheEnd() throws IOException {
    send(server, "bye");
    server.close();
    assertThat(new String(client.getInputStream().readAllBytes(), UTF_8)).isEqualTo("bye");
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    assertThat(client.getInputStream().read(new byte[0])).isZero();
  }

  @Test
  void shouldReadAReset() throws IOException {
    server.setSoLinger(true, 0);
    assertThat(server.getSoLinger()).isZero();
    server.close();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> client.getInputStream().read())
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Connection reset");
    }
  }

  @Test
  void shouldNotWriteToNobody() throws IOException {
    server.close();
    assertThatThrownBy(
            () -> {
              while (true) {
                client.getOutputStream().write(new byte[1000]);
              }
            })
        .isInstanceOf(SocketException.class)
        .satisfies(
            e -> assertThat(e.getMessage()).matches("Broken pipe|Connection reset( by peer)?"));
  }

  @Test
  void shouldRefuseEverythingWhenClosed() throws IOException {
    InputStream in = client.getInputStream();
    OutputStream out = client.getOutputStream();
    client.close();
    client.close();
    for (Callable<?> use :
        List.<Callable<?>>of(
            in::read,
            in::available,
            () -> {
              out.write(1);
              return null;
            },
            client::getInputStream,
            client::getSoTimeout,
            client::getTcpNoDelay,
            () -> client.getOption(StandardSocketOptions.TCP_NODELAY),
            () -> {
              client.shutdownOutput();
              return null;
            },
            () -> {
              client.connect(listener.getLocalSocketAddress());
              return null;
            })) {
      assertThatThrownBy(use::call)
          .isExactlyInstanceOf(SocketException.class)
          .satisfies(e -> assertThat(e.getMessage()).matches("Socket (is )?closed"));
    }
    listener.close();
    assertThatThrownBy(listener::accept)
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket is closed");
  }

  @Test
  void shouldCloseByItsStreams() throws IOException {
    client.getInputStream().close();
    assertThat(client.isClosed()).isTrue();
    assertThat(server.getInputStream().read()).isEqualTo(-1);
    server.getOutputStream().close();
    assertThat(server.isClosed()).isTrue();
  }

  // ---- close from another thread

  @Test
  void shouldEndAWaitingReadByClose() throws Exception {
    assertEndsClosed(whileWaiting(client.getInputStream()::read, thread -> client.close()));
  }

  @Test
  void shouldEndAWaitingWriteByClose() throws Exception {
    OutputStream out = client.getOutputStream();
    byte[] endless = new byte[64 << 20];
    assertEndsClosed(
        whileWaiting(
            () -> {
              out.write(endless);
              return null;
            },
            thread -> client.close()));
  }

  @Test
  void shouldEndAWaitingAcceptByClose() throws Exception {
    assertEndsClosed(whileWaiting(listener::accept, thread -> listener.close()));
  }

  @Test
  void shouldEndAWaitingConnectByClose() throws Exception {
    List<Socket> connected = new ArrayList<>();
    Socket late = clients.createSocket();
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

  // ---- interrupts

  @Test
  void shouldNotNoticeAPlatformThreadsInterrupt() throws Exception {
    Future<Boolean> reading =
        whileWaiting(
            () -> client.getInputStream().read() == 'x' && Thread.currentThread().isInterrupted(),
            thread -> {
              thread.interrupt();
              send(server, "x");
            });
    assertThat(reading.get(30, SECONDS)).as("read, and still interrupted").isTrue();

    Future<Boolean> accepting =
        whileWaiting(
            () -> {
              listener.accept().close();
              return Thread.currentThread().isInterrupted();
            },
            thread -> {
              thread.interrupt();
              clients.createSocket(LOOPBACK, listener.getLocalPort()).close();
            });
    assertThat(accepting.get(30, SECONDS)).isTrue();

    Thread.currentThread().interrupt();
    try (Socket more = clients.createSocket(LOOPBACK, listener.getLocalPort());
        Socket accepted = listener.accept()) {
      send(more, "y");
      assertThat(receive(accepted, 1)).isEqualTo("y");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void shouldBeClosedByAVirtualThreadsInterrupt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    FutureTask<Integer> reading =
        new FutureTask<>(
            () -> {
              begun.countDown();
              return client.getInputStream().read();
            });
    Thread thread = Thread.startVirtualThread(reading);
    assertThat(begun.await(30, SECONDS)).isTrue();
    await().until(() -> thread.getState() == Thread.State.WAITING || isTimedWaiting(thread));
    thread.interrupt();
    assertThatThrownBy(() -> reading.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Closed by interrupt");
    assertThat(server.getInputStream().read()).as("the peer sees its end").isEqualTo(-1);
  }

  private static boolean isTimedWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  @Test
  void shouldServeManyVirtualThreads() throws Exception {
    ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
    try (ServerSocket many = servers.createServerSocket(0, 200, LOOPBACK)) {
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
    try (Socket caller = clients.createSocket(LOOPBACK, port)) {
      send(caller, text);
      caller.shutdownOutput();
      return new String(caller.getInputStream().readAllBytes(), UTF_8);
    }
  }

  // ---- urgent data

  @Test
  void shouldTakeUrgentDataInLine() throws IOException {
    server.setOOBInline(true);
    assertThat(server.getOOBInline()).isTrue();
    send(client, "a");
    client.sendUrgentData('!');
    send(client, "b");
    assertThat(receive(server, 3)).isEqualTo("a!b");
  }

  @Test
  void shouldLeaveUrgentDataOutOtherwise() throws IOException {
    assertThat(server.getOOBInline()).isFalse();
    send(client, "a");
    client.sendUrgentData('!');
    send(client, "b");
    assertThat(receive(server, 2)).isEqualTo("ab");
  }

  // ---- available

  @Test
  void shouldSayHowMuchIsAvailable() throws IOException {
    InputStream in = client.getInputStream();
    assertThat(in.available()).isZero();
    send(server, "12345");
    await().until(() -> in.available() == 5);
    assertThat(receive(client, 2)).isEqualTo("12");
    assertThat(in.available()).isEqualTo(3);
    assertThat(receive(client, 3)).isEqualTo("345");
    server.close();
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.available()).isZero();
  }

  // ---- options

  @Test
  void shouldHaveTheOldOptions() throws IOException {
    client.setTcpNoDelay(true);
    assertThat(client.getTcpNoDelay()).isTrue();
    client.setKeepAlive(true);
    assertThat(client.getKeepAlive()).isTrue();
    client.setReuseAddress(true);
    assertThat(client.getReuseAddress()).isTrue();
    client.setTrafficClass(0x10);
    assertThat(client.getTrafficClass()).isEqualTo(0x10);
    client.setSendBufferSize(40_000);
    assertThat(client.getSendBufferSize()).isEqualTo(40_000);
    client.setReceiveBufferSize(50_000);
    assertThat(client.getReceiveBufferSize()).isEqualTo(50_000);
    assertThat(client.getSoLinger()).isEqualTo(-1);
    client.setSoLinger(true, 70_000);
    assertThat(client.getSoLinger()).isEqualTo(65_535);
    client.setSoLinger(false, 0);
    assertThat(client.getSoLinger()).isEqualTo(-1);
    assertThat(listener.getReuseAddress()).isTrue();
    listener.setReceiveBufferSize(60_000);
    assertThat(listener.getReceiveBufferSize()).isEqualTo(60_000);
    assertThat(listener.getSoTimeout()).isZero();
    assertThatThrownBy(() -> client.setSoTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldHaveTheStandardOptions() throws IOException {
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
    client.setOption(StandardSocketOptions.SO_LINGER, 3);
    assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(3);
    client.setOption(StandardSocketOptions.SO_LINGER, -1);
    assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
    client.setOption(StandardSocketOptions.SO_RCVBUF, 50_000);
    assertThat(client.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(50_000);
    client.setOption(StandardSocketOptions.IP_TOS, 8);
    assertThat(client.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(8);
    assertThat(client.getTrafficClass()).isEqualTo(8);
    client.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
    assertThat(client.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(77);
    client.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
    assertThat(client.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(7);
    client.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 5);
    assertThat(client.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(5);
    client.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
    assertThat(client.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isFalse();
    try (ServerSocket fresh = servers.createServerSocket()) {
      fresh.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      assertThat(fresh.getOption(StandardSocketOptions.SO_REUSEPORT)).isTrue();
      assertThatThrownBy(() -> fresh.setOption(StandardSocketOptions.TCP_NODELAY, true))
          .isExactlyInstanceOf(UnsupportedOperationException.class)
          .hasMessage("'TCP_NODELAY' not supported");
    }
    assertThatThrownBy(() -> client.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessage("'IP_MULTICAST_TTL' not supported");
    assertThatThrownBy(() -> client.setOption(StandardSocketOptions.SO_RCVBUF, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSayWhichOptionsItHas() throws IOException {
    try (Socket plain = new Socket();
        ServerSocket plainListener = new ServerSocket()) {
      assertThat(plain.supportedOptions())
          .containsAll(client.supportedOptions())
          .as("but that of the network card")
          .hasSizeLessThanOrEqualTo(client.supportedOptions().size() + 1);
      assertThat(plainListener.supportedOptions())
          .containsAll(listener.supportedOptions())
          .hasSizeLessThanOrEqualTo(listener.supportedOptions().size() + 1);
    }
  }

  // ---- refusals

  @Test
  void shouldSayThatNobodyListens() throws IOException {
    int port = listener.getLocalPort();
    listener.close();
    assertThatThrownBy(() -> clients.createSocket(LOOPBACK, port))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("Connection refused");
  }

  @Test
  void shouldSayThatAHostIsUnknown() throws IOException {
    assertThatThrownBy(() -> clients.createSocket("no-such-host.invalid", 80))
        .isExactlyInstanceOf(UnknownHostException.class)
        .hasMessage("no-such-host.invalid");
    try (Socket fresh = clients.createSocket()) {
      InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no-such-host.invalid", 80);
      assertThatThrownBy(() -> fresh.connect(nowhere, 100))
          .isExactlyInstanceOf(UnknownHostException.class);
    }
  }

  @Test
  void shouldSayThatAnAddressCannotBeBound() throws IOException {
    assertThatThrownBy(() -> servers.createServerSocket(listener.getLocalPort(), 1, LOOPBACK))
        .isExactlyInstanceOf(BindException.class)
        .hasMessageStartingWith("Address already in use");
    InetAddress foreign = InetAddress.getByName("203.0.113.1");
    assertThatThrownBy(() -> servers.createServerSocket(0, 1, foreign))
        .isExactlyInstanceOf(BindException.class)
        .hasMessageStartingWith("Cannot assign requested address");
    try (Socket fresh = clients.createSocket()) {
      assertThatThrownBy(() -> fresh.bind(new InetSocketAddress(foreign, 0)))
          .isExactlyInstanceOf(BindException.class);
      fresh.bind(new InetSocketAddress(LOOPBACK, 0));
      assertThat(fresh.getLocalPort()).isPositive();
      assertThatThrownBy(() -> fresh.bind(new InetSocketAddress(LOOPBACK, 0)))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Already bound");
    }
  }

  /** What is beyond the loopback depends on the machine, so the JDK is asked there and then. */
  @Test
  void shouldSayWhatTheJdkSaysOfUnreachablePeers() throws IOException {
    InetSocketAddress local = new InetSocketAddress(LOOPBACK, 0);
    for (String peer : List.of("203.0.113.1", "240.0.0.1", "255.255.255.255", "2001:db8::1")) {
      InetSocketAddress address = new InetSocketAddress(peer, 9);
      Throwable expected = failure(new Socket(), local, address);
      Throwable actual = failure(clients.createSocket(), local, address);
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

  @Test
  void shouldBindItsAddressAgainAtOnce() throws IOException {
    int port = listener.getLocalPort();
    // whoever closes first keeps the address in TIME_WAIT
    server.close();
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    client.close();
    listener.close();
    try (ServerSocket again = servers.createServerSocket(port, 1, LOOPBACK)) {
      assertThat(again.getLocalPort()).isEqualTo(port);
    }
  }
}
