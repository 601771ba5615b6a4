package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.DescriptorInfo;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.EventObject;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.Promotion;
import dev.sockbroker.client.Received;
import dev.sockbroker.client.RegistrationEnd;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WhenReplaced;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client library against the real broker, on real sockets. */
@Timeout(60)
@WithBroker
final class ClientLibraryTest {
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

  /** The broker's end of a loopback connection and a plain socket at the other end. */
  private record Pair(SharedSocket shared, Socket plain) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      shared.close();
      plain.close();
    }
  }

  private Pair pair() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      return new Pair(shared, server.accept());
    }
  }

  private static <T> FutureTask<T> onThread(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    Thread.ofVirtual().start(task);
    return task;
  }

  // ---- sockets

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

  // ---- bytes

  @Test
  void shouldMoveManyBytesBothWaysAtTheSameTime() throws Exception {
    byte[] bytes = new byte[16 << 20];
    new Random(1).nextBytes(bytes);
    try (Pair pair = pair()) {
      FutureTask<byte[]> plainReads =
          onThread(() -> pair.plain.getInputStream().readNBytes(bytes.length));
      FutureTask<byte[]> sharedReads =
          onThread(() -> pair.shared.inputStream().readNBytes(bytes.length));
      CompletableFuture<Integer> sent = pair.shared.sendAsync(ByteBuffer.wrap(bytes));
      pair.plain.getOutputStream().write(bytes);

      assertThat(sharedReads.get(30, SECONDS)).isEqualTo(bytes);
      assertThat(plainReads.get(30, SECONDS)).isEqualTo(bytes);
      assertThat(sent.get(30, SECONDS)).isEqualTo(bytes.length);
    }
  }

  @Test
  void shouldLetSocketsPassOthersWhosePeersDoNotRead() throws Exception {
    List<Pair> stuck = new ArrayList<>();
    try (Pair free = pair()) {
      for (int i = 0; i < 8; i++) {
        Pair pair = pair();
        stuck.add(pair);
        pair.shared.sendAsync(ByteBuffer.allocate(64 << 20));
      }
      FutureTask<byte[]> read = onThread(() -> free.plain.getInputStream().readNBytes(4 << 20));

      assertThat(free.shared.send(ByteBuffer.allocate(4 << 20), SOON)).isEqualTo(4 << 20);

      assertThat(read.get(30, SECONDS)).hasSize(4 << 20);
    } finally {
      for (Pair pair : stuck) {
        pair.close();
      }
    }
  }

  @Test
  void shouldKeepTheOrderOfManySends() throws Exception {
    try (Pair pair = pair()) {
      int sends = 500;
      int size = 10_000;
      FutureTask<byte[]> read =
          onThread(() -> pair.plain.getInputStream().readNBytes(sends * size));
      List<CompletableFuture<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < sends; i++) {
        ByteBuffer buffer = ByteBuffer.allocate(size).putInt(0, i);
        sent.add(pair.shared.sendAsync(buffer));
      }

      ByteBuffer got = ByteBuffer.wrap(read.get(30, SECONDS));
      for (int i = 0; i < sends; i++) {
        assertThat(got.getInt(i * size)).isEqualTo(i);
        assertThat(sent.get(i).get(30, SECONDS)).isEqualTo(size);
      }
    }
  }

  @Test
  void shouldAnswerHowMuchWasTakenWhenTheTimeIsOver() throws Exception {
    try (Pair pair = pair()) {
      ByteBuffer from = ByteBuffer.allocate(32 << 20);

      int taken = pair.shared.send(from, Duration.ofMillis(100));

      assertThat(taken).isPositive().isLessThan(32 << 20);
      assertThat(from.position()).isEqualTo(taken);
      OutputStream out = pair.shared.outputStream(Duration.ofMillis(50));
      assertThatThrownBy(() -> out.write(new byte[1 << 20]))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void shouldPeekAndTakeUrgentBytes() throws Exception {
    try (Pair pair = pair()) {
      ByteBuffer into = ByteBuffer.allocate(8);
      pair.plain.getOutputStream().write(7);
      assertThat(pair.shared.peek(into, SOON)).isEqualTo(1);
      assertThat(pair.shared.receive(into, SOON)).isEqualTo(1);
      assertThat(into.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {7, 7}));

      pair.plain.setOOBInline(true);
      pair.shared.sendUrgent(ByteBuffer.wrap(new byte[] {9}));
      assertThat(pair.plain.getInputStream().read()).isEqualTo(9);
      assertThatThrownBy(() -> pair.shared.receiveUrgent(ByteBuffer.allocate(1)))
          .hasMessageStartingWith("EINVAL");
    }
  }

  @Test
  void shouldServeAThousandVirtualThreads() throws Exception {
    int threads = 1000;
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      pairs.add(pair());
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> reads = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        SharedSocket shared = pairs.get(i % pairs.size()).shared;
        reads.add(executor.submit(() -> shared.receive(ByteBuffer.allocate(1))));
      }
      for (Pair pair : pairs) {
        pair.plain.getOutputStream().write(new byte[threads / pairs.size()]);
      }
      for (Future<Integer> read : reads) {
        assertThat(read.get(30, SECONDS)).isEqualTo(1);
      }
    } finally {
      for (Pair pair : pairs) {
        pair.close();
      }
    }
  }

  // ---- ends of waits

  @Test
  void shouldEndAnInterruptedReceiveAndKeepTheSession() throws Exception {
    try (Pair pair = pair()) {
      FutureTask<Integer> read =
          new FutureTask<>(() -> pair.shared.receive(ByteBuffer.allocate(8), Broker.FOREVER));
      Thread thread = Thread.ofPlatform().start(read);
      awaitWaiting(1);

      thread.interrupt();

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .hasCauseInstanceOf(InterruptedIOException.class);
      pair.plain.getOutputStream().write(new byte[] {1, 2, 3});
      ByteBuffer into = ByteBuffer.allocate(8);
      assertThat(pair.shared.inputStream().readNBytes(3)).containsExactly(1, 2, 3);
      assertThat(into.position()).isZero();
    }
  }

  @Test
  void shouldEndACancelledReceiveAndLoseNothing() throws Exception {
    try (Pair pair = pair()) {
      CompletableFuture<Integer> read = pair.shared.receiveAsync(ByteBuffer.allocate(8));
      awaitWaiting(1);

      read.cancel(true);

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(e -> assertThat(BrokerException.errnoOf(e)).isEqualTo(Errno.ECANCELED));
      pair.plain.getOutputStream().write(5);
      assertThat(pair.shared.inputStream().read()).isEqualTo(5);
    }
  }

  @Test
  void shouldEndAWaitThroughADescriptorThatIsClosed() throws Exception {
    try (Pair pair = pair()) {
      FutureTask<Integer> read = onThread(() -> pair.shared.receive(ByteBuffer.allocate(8)));
      awaitWaiting(1);

      pair.shared.close();

      assertThatThrownBy(() -> read.get(30, SECONDS))
          .hasCauseInstanceOf(AsynchronousCloseException.class);
    }
  }

  /** As in java.nio: the waiting thread learns that another thread closed the channel. */
  @Test
  void shouldEndAllThatWaitsWhenTheSessionIsClosedHere() throws Exception {
    Broker own = Broker.connect(process.socket());
    SharedSocket listener = own.open(SocketSpec.tcpListen("127.0.0.1", 0));
    FutureTask<SharedSocket> blocking = onThread(listener::accept);
    CompletableFuture<SharedSocket> accept = listener.acceptAsync();
    awaitWaiting(2);

    own.close();

    assertThatThrownBy(() -> blocking.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> accept.get(30, SECONDS))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(listener::accept).isExactlyInstanceOf(ClosedChannelException.class);
  }

  @Test
  void shouldFailAllThatWaitsWhenTheBrokerIsKilled() throws Exception {
    try (BrokerProcess other = BrokerProcess.start();
        Broker doomed = Broker.connect(other.socket())) {
      SharedSocket listener = doomed.open(SocketSpec.tcpListen("127.0.0.1", 0));
      CompletableFuture<SharedSocket> accept = listener.acceptAsync();
      FutureTask<SharedSocket> blocking = onThread(listener::accept);

      other.process().destroyForcibly();

      assertThatThrownBy(() -> accept.get(30, SECONDS))
          .hasCauseInstanceOf(BrokerGoneException.class);
      assertThatThrownBy(() -> blocking.get(30, SECONDS))
          .hasCauseInstanceOf(BrokerGoneException.class);
      doomed.ended().get(30, SECONDS);
      assertThatThrownBy(doomed::ping).isInstanceOf(BrokerGoneException.class);
    }
  }

  /**
   * Waits for this number of operations, which is all of them: every thread has started its call.
   */
  private static void awaitWaiting(int operations) throws IOException {
    try (WireClient observer = WireClient.welcomed(process.socket())) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).waitingOperations()
                      == operations);
    }
  }

  // ---- options

  @Test
  void shouldKeepTheJdksMeaningOfEveryOption() throws Exception {
    try (Pair pair = pair()) {
      SharedSocket tcp = pair.shared;
      assertKept(tcp, StandardSocketOptions.TCP_NODELAY, true);
      assertKept(tcp, StandardSocketOptions.SO_KEEPALIVE, true);
      assertKept(tcp, StandardSocketOptions.SO_REUSEADDR, true);
      assertKept(tcp, StandardSocketOptions.SO_REUSEPORT, true);
      assertKept(tcp, StandardSocketOptions.SO_LINGER, 5);
      assertKept(tcp, StandardSocketOptions.SO_LINGER, -1);
      assertKept(tcp, StandardSocketOptions.IP_TOS, 0x10);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPIDLE, 33);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
      assertKept(tcp, ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
      assertKept(tcp, ExtendedSocketOptions.TCP_QUICKACK, true);
      assertThat(tcp.setOption(StandardSocketOptions.SO_RCVBUF, 1000)).isEqualTo(2304);
      assertThat(tcp.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(2304);
      assertThat(tcp.getOption("SO_RCVBUF")).isEqualTo(2304L);
      assertThat(tcp.options()).containsEntry("TCP_NODELAY", true).containsKey("TCP_INFO");
    }
  }

  @Test
  void shouldKeepTheJdksMeaningOfMulticastOptions() throws Exception {
    NetworkInterface loopback = NetworkInterface.getByInetAddress(LOOPBACK);
    for (String host : List.of("127.0.0.1", "::1")) {
      try (SharedSocket udp = broker.open(SocketSpec.udp(host, 0))) {
        assertKept(udp, StandardSocketOptions.SO_BROADCAST, true);
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_TTL, 4);
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_LOOP, false);
        assertThat(udp.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isNull();
        assertKept(udp, StandardSocketOptions.IP_MULTICAST_IF, loopback);
      }
    }
  }

  private static <T> void assertKept(SharedSocket socket, SocketOption<T> option, T value)
      throws IOException {
    assertThat(socket.setOption(option, value)).as(option.name()).isEqualTo(value);
    assertThat(socket.getOption(option)).as(option.name()).isEqualTo(value);
  }

  @Test
  void shouldReachOptionsByNumber() throws Exception {
    try (SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      byte[] on = {1, 0, 0, 0};
      assertThat(udp.setOption(1, 6, on)).isEqualTo(on); // SOL_SOCKET, SO_BROADCAST
      assertThat(udp.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
      assertThat(udp.getOption(1, 6, 4)).isEqualTo(on);
    }
  }

  // ---- sharing

  @Test
  void shouldShareAConnectionByToken() throws Exception {
    try (Pair pair = pair();
        Broker other = Broker.connect(process.socket())) {
      DescriptorToken token =
          pair.shared.duplicate(Target.session(other.session()), Rights.of(Right.RECV));
      SharedSocket duplicate = other.redeem(DescriptorToken.of(token.text()));

      pair.plain.getOutputStream().write(3);

      assertThat(duplicate.inputStream().read()).isEqualTo(3);
      assertThat(duplicate.socketId()).isEqualTo(pair.shared.socketId());
      assertThat(duplicate.rights()).isEqualTo(Rights.of(Right.RECV));
      assertThatThrownBy(() -> duplicate.send(ByteBuffer.allocate(1)))
          .hasMessageStartingWith("EPERM");
      assertThatThrownBy(() -> other.redeem(token)).hasMessageStartingWith("EINVAL");
      DescriptorToken revoked = pair.shared.duplicate(Target.pid(other.pid()));
      broker.revoke(revoked);
      assertThatThrownBy(() -> other.redeem(revoked)).hasMessageStartingWith("EINVAL");
    }
  }

  @Test
  void shouldFindANamedSocketAfterItsHoldersWent() throws Exception {
    SocketSpec spec =
        SocketSpec.tcpListen("127.0.0.1", 0).name("kept").retain(Duration.ofMinutes(1));
    long socket;
    try (Broker first = Broker.connect(process.socket())) {
      socket = first.open(spec).socketId();
    }

    try (SharedSocket joined = broker.open(spec);
        SharedSocket attached = broker.attach("kept")) {
      assertThat(joined.isCreated()).isFalse();
      assertThat(joined.socketId()).isEqualTo(socket);
      assertThat(attached.socketId()).isEqualTo(socket);
      assertThat(broker.list())
          .filteredOn(row -> row.socket().id() == socket)
          .extracting(row -> row.id())
          .containsExactlyInAnyOrder(joined.id(), attached.id());
      assertThat(broker.show("kept").holders())
          .extracting(DescriptorInfo::id)
          .containsExactlyInAnyOrder(joined.id(), attached.id());
      assertThat(broker.show("d" + joined.id()).socket().localAddress())
          .isEqualTo(joined.localAddress());
      attached.unname();
    }
  }

  // ---- events

  @Test
  void shouldTellEventsOfAListenerAndOfWhatItAccepts() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    try (SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      listener.asyncSelect(EnumSet.allOf(NetworkEvent.class), events::add);
      InetSocketAddress address = (InetSocketAddress) listener.localAddress();
      try (Socket plain = new Socket(address.getAddress(), address.getPort())) {
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.ACCEPT);
        SharedSocket accepted = listener.accept();
        NetworkEventMessage first = events.poll(30, SECONDS);
        assertThat(first.event()).isEqualTo(NetworkEvent.WRITE);
        assertThat(first.socket()).isSameAs(accepted);
        plain.getOutputStream().write(1);
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.READ);
        accepted.receive(ByteBuffer.allocate(8));
        plain.shutdownOutput();
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.CLOSE);
        accepted.close();
      }
    }
  }

  @Test
  void shouldTellWhoReplacedARegistration() throws Exception {
    BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
    try (Pair pair = pair();
        Broker other = Broker.connect(process.socket())) {
      SharedSocket duplicate = other.redeem(pair.shared.duplicate(Target.session(other.session())));
      pair.shared.onRegistrationEnd(ends::add);
      long first = pair.shared.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      long second = duplicate.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});

      RegistrationEnd end = ends.poll(30, SECONDS);

      assertThat(second).isGreaterThan(first);
      assertThat(end.reason()).isEqualTo(RegistrationEnd.Reason.REPLACED);
      assertThat(end.number()).isEqualTo(first);
      assertThat(end.session()).isEqualTo(other.session());
      pair.shared.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      assertThat(duplicate.cancelAnySelect()).isTrue();
      assertThat(ends.poll(30, SECONDS).reason()).isEqualTo(RegistrationEnd.Reason.CANCELLED);
    }
  }

  @Test
  void shouldCancelNobodysRegistrationButItsOwn() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    try (Pair pair = pair();
        Broker other = Broker.connect(process.socket())) {
      SharedSocket successor = other.redeem(pair.shared.duplicate(Target.session(other.session())));
      pair.shared.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      successor.asyncSelect(EnumSet.of(NetworkEvent.READ), events::add);

      assertThat(pair.shared.cancelSelect()).as("as in a shutdown hook").isFalse();

      pair.plain.getOutputStream().write(1);
      assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.READ);
      assertThat(successor.cancelSelect()).isTrue();
      assertThat(successor.cancelSelect()).isFalse();
    }
  }

  @Test
  void shouldHearOfEventsAgainWhenItsSuccessorIsGone() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
    BlockingQueue<Promotion> promotions = new LinkedBlockingQueue<>();
    try (Pair pair = pair()) {
      pair.shared.onRegistrationEnd(ends::add);
      pair.shared.onPromotion(promotions::add);
      long first =
          pair.shared.asyncSelect(
              EnumSet.of(NetworkEvent.READ), events::add, WhenReplaced.STAND_BY);
      try (Broker other = Broker.connect(process.socket())) {
        SharedSocket successor =
            other.redeem(pair.shared.duplicate(Target.session(other.session())));
        successor.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
        assertThat(ends.poll(30, SECONDS).standsBy()).isTrue();
      }

      Promotion promotion = promotions.poll(30, SECONDS);
      assertThat(promotion.formerNumber()).isEqualTo(first);
      assertThat(promotion.number()).isGreaterThan(first);
      pair.plain.getOutputStream().write(1);
      assertThat(events.poll(30, SECONDS).number()).isEqualTo(promotion.number());
      assertThat(pair.shared.cancelSelect()).isTrue();
    }
  }

  @Test
  void shouldRecordEventsAndSetTheObject() throws Exception {
    try (Pair pair = pair();
        EventObject object = broker.createEvent();
        EventObject never = broker.createEvent()) {
      BlockingQueue<String> signals = new LinkedBlockingQueue<>();
      object.onSignalled(() -> signals.add("set"));
      pair.shared.eventSelect(EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE), object);
      assertThatThrownBy(() -> object.await(Duration.ZERO))
          .isInstanceOf(SocketTimeoutException.class);

      pair.plain.getOutputStream().write(1);

      assertThat(broker.awaitAny(List.of(never, object), SOON)).isEqualTo(Set.of(object));
      assertThat(signals.poll(30, SECONDS)).isEqualTo("set");
      assertThat(pair.shared.enumNetworkEvents(object)).isEqualTo(Map.of(NetworkEvent.READ, 0));
      assertThat(pair.shared.enumNetworkEvents(object)).isEmpty();
      never.set();
      object.set();
      assertThat(broker.awaitAll(List.of(never, object), SOON)).hasSize(2);
      object.reset();
      pair.shared.receive(ByteBuffer.allocate(1));
      pair.plain.close();
      object.await(SOON);
      assertThat(pair.shared.enumNetworkEvents(object)).isEqualTo(Map.of(NetworkEvent.CLOSE, 0));
    }
  }

  // ---- streams

  @Test
  void shouldReadAStreamToItsEnd() throws Exception {
    try (Pair pair = pair()) {
      InputStream in = pair.shared.inputStream(SOON);
      pair.plain.getOutputStream().write(new byte[] {1, 2, (byte) 200});
      pair.plain.shutdownOutput();

      assertThat(in.readNBytes(2)).containsExactly(1, 2);
      assertThat(in.read()).isEqualTo(200);
      assertThat(in.read()).isEqualTo(-1);
      in.close();
      assertThat(pair.shared.isClosed()).isTrue();
    }
  }

  // ---- sizes above the limits

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
