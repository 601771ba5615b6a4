package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.KernelLoop.anyLoopback;
import static dev.sockbroker.broker.os.KernelLoop.buffer;
import static dev.sockbroker.broker.os.KernelLoop.bytes;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.kernel.SendQueue;
import dev.sockbroker.broker.os.KernelLoop.Pair;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a socket answers on the real kernel, over loopback. */
class EpollSocketTest {
  private final KernelLoop loop = new KernelLoop();

  @AfterEach
  void close() {
    loop.close();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldMoveBytesBetweenAConnectedPair(Family family) {
    Pair pair = loop.pair(family);
    assertThat(loop.send(pair.client(), "hello world")).isEqualTo(11);
    loop.awaitReadable(pair.server());
    assertThat(loop.call(pair.server()::queuedIn)).isEqualTo(11);
    assertThat(loop.call(pair.server()::peek)).isEqualTo(1);
    assertThat(loop.receive(pair.server(), 5, true)).isEqualTo("hello");
    assertThat(loop.receive(pair.server(), 5)).isEqualTo("hello");
    assertThat(loop.receive(pair.server(), 100)).isEqualTo(" world");
    assertThat(loop.receive(pair.server(), 100)).isEqualTo("EAGAIN");
    assertThat(loop.call(pair.server()::peek)).isEqualTo(-Errno.EAGAIN);
  }

  @Test
  void shouldSendManySegmentsByFewCalls() {
    Pair pair = loop.pair(Family.UNIX);
    SendQueue queue = new SendQueue();
    for (int i = 0; i < 100; i++) {
      queue.add(bytes("<" + i + ">"));
    }
    String all = IntStream.range(0, 100).mapToObj(i -> "<" + i + ">").collect(joining());
    assertThat(queue.bytes()).isEqualTo(all.length());
    int first = loop.call(() -> pair.client().send(queue));
    assertThat(queue.size()).isEqualTo(36);
    int second = loop.call(() -> pair.client().send(queue));
    assertThat(first + second).isEqualTo(all.length());
    assertThat(queue.isEmpty()).isTrue();
    assertThat(loop.receive(pair.server(), 1000)).isEqualTo(all);
  }

  @Test
  void shouldKeepWhatTheKernelDoesNotTake() {
    Pair pair = loop.pair(Family.UNIX);
    SendQueue queue = new SendQueue();
    int part = 100_000;
    for (int i = 0; i < 20; i++) {
      queue.add(buffer(part).writeZero(part));
    }
    int sent = loop.call(() -> pair.client().send(queue));
    assertThat(sent).isPositive().isLessThan(20 * part);
    assertThat(queue.bytes()).isEqualTo(20L * part - sent);
    assertThat(queue.size()).isEqualTo(20 - sent / part);
    assertThat(queue.get(0).readableBytes()).isEqualTo(part - sent % part);
    while (loop.call(() -> pair.client().send(queue)) > 0) {
      // The rest of what fits.
      continue;
    }
    assertThat(loop.call(() -> pair.client().send(queue))).isEqualTo(-Errno.EAGAIN);
    loop.run(pair.server()::close);
    assertThat(loop.call(() -> pair.client().send(queue))).isIn(-Errno.EPIPE, -Errno.ECONNRESET);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldTellAddressesOfAPair(Family family) {
    Pair pair = loop.pair(family);
    Address listening = loop.call(pair.listener()::localAddress);
    assertThat(loop.call(pair.server()::localAddress)).isEqualTo(listening);
    assertThat(loop.call(pair.client()::peerAddress)).isEqualTo(listening);
    Address ofClient =
        family == Family.UNIX ? Address.unix("") : loop.call(pair.client()::localAddress);
    assertThat(loop.call(pair.server()::peerAddress)).isEqualTo(ofClient);
    assertThat(loop.call(pair.listener()::peerAddress)).isNull();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldHaveNoAddressesBeforeBind(Family family) {
    for (SocketType type : SocketType.values()) {
      KernelSocket socket = loop.open(family, type);
      assertThat(loop.call(socket::localAddress)).isNull();
      assertThat(loop.call(socket::peerAddress)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldCarryDatagramsWithTheirSenderAndSize(Family family) {
    KernelSocket a = loop.bound(family, SocketType.DGRAM);
    KernelSocket b = loop.bound(family, SocketType.DGRAM);
    Address toB = loop.call(b::localAddress);
    assertThat(loop.call(() -> a.send(bytes("0123456789"), toB, false))).isEqualTo(10);
    assertThat(loop.call(() -> a.send(bytes(""), toB, false))).isZero();
    loop.awaitReadable(b);
    assertThat(loop.receive(b, 3, true)).isEqualTo("012");
    assertThat(loop.receive(b, 3)).isEqualTo("012");
    assertThat(loop.arrival().size).isEqualTo(10);
    assertThat(loop.arrival().from).isEqualTo(loop.call(a::localAddress));
    loop.awaitReadable(b);
    assertThat(loop.call(b::peek)).isEqualTo(1);
    assertThat(loop.receive(b, 10)).isEmpty();
    assertThat(loop.arrival().size).isZero();
    assertThat(loop.receive(b, 10)).isEqualTo("EAGAIN");
    assertThat(loop.call(b::peek)).isEqualTo(-Errno.EAGAIN);
  }

  @Test
  void shouldTellAnUnnamedSenderByTheEmptyPath() {
    KernelSocket receiver = loop.bound(Family.UNIX, SocketType.DGRAM);
    KernelSocket sender = loop.open(Family.UNIX, SocketType.DGRAM);
    Address to = loop.call(receiver::localAddress);
    assertThat(loop.call(() -> sender.send(bytes("x"), to, false))).isEqualTo(1);
    assertThat(loop.receive(receiver, 10)).isEqualTo("x");
    assertThat(loop.arrival().from).isEqualTo(Address.unix(""));
  }

  @Test
  void shouldSpeakIpv4OnAnIpv6Socket() {
    KernelSocket listener = loop.listener(Family.INET);
    int port = loop.call(listener::localAddress).port();
    KernelSocket client = loop.open(Family.INET6, SocketType.STREAM);
    assertThat(loop.call(() -> client.connect(Address.inet("127.0.0.1", port))))
        .isIn(0, -Errno.EINPROGRESS);
    loop.eventually(listener::accept).close();
    assertThat(loop.call(client::peerAddress)).isEqualTo(Address.inet("::ffff:127.0.0.1", port));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldSendMoreThanFitsOnlyInPart(Family family) {
    Pair pair = loop.pair(family);
    ByteBuf much = buffer(32 << 20).writeZero(32 << 20);
    int taken = loop.call(() -> pair.client().send(much, null, false));
    assertThat(taken).isPositive().isLessThan(32 << 20);
    assertThat(much.readableBytes()).isEqualTo((32 << 20) - taken);
    assertThat(loop.call(pair.client()::queuedOut)).isPositive();
    int further = taken;
    while (further > 0) {
      further = loop.call(() -> pair.client().send(much, null, false));
    }
    assertThat(further).isEqualTo(-Errno.EAGAIN);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldAnswerEndOfStreamAndBrokenPipe(Family family) {
    Pair pair = loop.pair(family);
    loop.send(pair.client(), "last");
    loop.run(() -> pair.client().shutdown(Direction.SEND));
    loop.eventuallyTrue(() -> (pair.server().poll() & KernelSocket.RDHUP) != 0);
    assertThat(loop.receive(pair.server(), 10)).isEqualTo("last");
    assertThat(loop.receive(pair.server(), 10)).isEmpty();
    assertThat(loop.call(pair.server()::peek)).isZero();
    assertThat(loop.send(pair.client(), "more")).isEqualTo(-Errno.EPIPE);
  }

  @Test
  void shouldTellThePeersEndFromOnesOwn() {
    Pair pair = loop.pair(Family.INET);
    loop.run(() -> pair.server().shutdown(Direction.RECEIVE));
    assertThat(loop.call(pair.server()::peek)).isZero();
    assertThat(loop.call(pair.server()::peerEnded)).isFalse();
    loop.run(() -> pair.client().shutdown(Direction.SEND));
    loop.eventuallyTrue(pair.server()::peerEnded);
    assertThat(loop.call(pair.client()::peerEnded)).isFalse();
  }

  @Test
  void shouldTellThePeersEndAfterBothEnded() {
    Pair pair = loop.pair(Family.INET);
    loop.run(() -> pair.server().shutdown(Direction.SEND));
    loop.eventuallyTrue(pair.client()::peerEnded);
    loop.run(() -> pair.client().shutdown(Direction.SEND));
    loop.eventuallyTrue(pair.server()::peerEnded);
    assertThat(loop.call(loop.open(Family.INET, SocketType.STREAM)::peerEnded)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellThePeersEndFromAResetAfterTheConnectionHasDied(boolean ended) {
    Pair pair = loop.pair(Family.INET);
    loop.send(pair.client(), "unread");
    if (ended) {
      loop.run(() -> pair.server().shutdown(Direction.SEND));
      loop.eventuallyTrue(pair.client()::peerEnded);
    }
    loop.run(() -> pair.server().setOption("SO_LINGER", Map.of("on", true, "seconds", 0L)));
    loop.run(pair.server()::close);
    loop.eventuallyTrue(() -> (pair.client().poll() & KernelSocket.ERR) != 0);
    assertThat(loop.send(pair.client(), "x")).isEqualTo(ended ? -Errno.EPIPE : -Errno.ECONNRESET);
    assertThat(loop.call(pair.client()::peek)).isZero();
    assertThat(loop.call(pair.client()::peerEnded)).isEqualTo(ended);
  }

  @Test
  void shouldReceiveTheUrgentByteOnce() {
    Pair pair = loop.pair(Family.INET);
    assertThat(urgent(pair.server(), false)).isEqualTo(-Errno.EINVAL);
    assertThat(loop.call(() -> pair.client().send(bytes("!"), null, true))).isEqualTo(1);
    loop.eventuallyTrue(() -> (pair.server().poll() & KernelSocket.PRI) != 0);
    assertThat(loop.call(pair.server()::urgentInline)).isFalse();
    assertThat(urgent(pair.server(), true)).isEqualTo(1);
    assertThat(urgent(pair.server(), false)).isEqualTo(1);
    assertThat(urgent(pair.server(), false)).isEqualTo(-Errno.EINVAL);
    loop.run(() -> pair.server().setOption("SO_OOBINLINE", true));
    assertThat(loop.call(pair.server()::urgentInline)).isTrue();
  }

  @Test
  void shouldNotTakeADatagramAsAnUrgentByte() {
    KernelSocket socket = loop.bound(Family.INET, SocketType.DGRAM);
    Address self = loop.call(socket::localAddress);
    loop.call(() -> socket.send(bytes("x"), self, false));
    loop.awaitReadable(socket);
    assertThat(urgent(socket, false)).isEqualTo(-Errno.EOPNOTSUPP);
    assertThat(loop.receive(socket, 10)).isEqualTo("x");
  }

  private int urgent(KernelSocket socket, boolean peek) {
    return loop.call(
        () -> {
          ByteBuf into = buffer(1);
          int count = socket.receiveUrgent(into, peek);
          assertThat(into.readableBytes()).isEqualTo(Math.max(0, count));
          return count;
        });
  }

  @Test
  void shouldFetchARefusedConnectionWithoutSpoilingTheSocket() {
    KernelSocket listener = loop.listener(Family.INET);
    Address address = loop.call(listener::localAddress);
    KernelSocket closed = loop.bound(Family.INET, SocketType.STREAM);
    Address nobody = loop.call(closed::localAddress);
    KernelSocket client = loop.open(Family.INET, SocketType.STREAM);
    assertThat(connect(client, nobody)).isEqualTo(-Errno.ECONNREFUSED);
    assertThat(loop.call(client::takeError)).isZero();
    assertThat(connect(client, address)).isZero();
    assertThat(loop.send(client, "works")).isEqualTo(5);
  }

  /** Connects and waits for the outcome. */
  private int connect(KernelSocket socket, Address to) {
    int begun = loop.call(() -> socket.connect(to));
    if (begun != -Errno.EINPROGRESS) {
      return begun;
    }
    return loop.eventually(
        () -> {
          int outcome = socket.finishConnect();
          return outcome == -Errno.EALREADY ? null : outcome;
        });
  }

  @Test
  void shouldSayThatAConnectGoesOn() {
    KernelSocket listener = loop.bound(Family.INET, SocketType.STREAM);
    loop.run(() -> listener.listen(0));
    Address address = loop.call(listener::localAddress);
    // The queue takes two; then the kernel answers no SYN until one is accepted.
    assertThat(connect(loop.open(Family.INET, SocketType.STREAM), address)).isZero();
    KernelSocket waiting = null;
    for (int i = 0; i < 3; i++) {
      waiting = loop.open(Family.INET, SocketType.STREAM);
      KernelSocket last = waiting;
      assertThat(loop.call(() -> last.connect(address))).isEqualTo(-Errno.EINPROGRESS);
    }
    KernelSocket last = waiting;
    assertThat(loop.call(last::finishConnect)).isEqualTo(-Errno.EALREADY);
    assertThat(loop.call(listener::queuedIn)).isPositive();
  }

  @Test
  void shouldReportAResetOnce() {
    Pair pair = loop.pair(Family.INET);
    loop.run(
        () -> {
          pair.client().setOption("SO_LINGER", Map.of("on", true, "seconds", 0L));
          pair.client().close();
        });
    loop.eventuallyTrue(() -> (pair.server().poll() & KernelSocket.ERR) != 0);
    assertThat(loop.call(pair.server()::takeError)).isEqualTo(Errno.ECONNRESET);
    assertThat(loop.call(pair.server()::takeError)).isZero();
  }

  @Test
  void shouldCloseWithoutWaitingForALingerTime() {
    Pair pair = loop.pair(Family.INET);
    ByteBuf much = buffer(32 << 20).writeZero(32 << 20);
    long sent = loop.call(() -> pair.client().send(much, null, false));
    loop.run(
        () -> {
          pair.client().setOption("SO_LINGER", Map.of("on", true, "seconds", 3600L));
          // On the loop, which has the test's deadline: a lingering close takes an hour.
          pair.client().close();
        });
    long received = 0;
    while (received < sent) {
      loop.awaitReadable(pair.server());
      received += loop.receive(pair.server(), 1 << 20).length();
    }
    assertThat(received).isEqualTo(sent);
    assertThat(loop.receive(pair.server(), 1)).isIn("", "EAGAIN");
  }

  @Test
  void shouldAcceptNothingWhenNobodyWaitsAndRefuseWhenItDoesNotListen() {
    KernelSocket listener = loop.listener(Family.INET);
    assertThat(loop.call(listener::accept)).isNull();
    assertRefused(Errno.EINVAL, loop.bound(Family.INET, SocketType.STREAM)::accept);
    assertRefused(Errno.EOPNOTSUPP, loop.bound(Family.INET, SocketType.DGRAM)::accept);
    KernelSocket datagrams = loop.bound(Family.INET, SocketType.DGRAM);
    assertRefused(Errno.EOPNOTSUPP, () -> datagrams.listen(1));
  }

  @Test
  void shouldCountConnectionsThatWait() {
    KernelSocket listener = loop.listener(Family.INET6);
    Address address = loop.call(listener::localAddress);
    for (int i = 0; i < 3; i++) {
      assertThat(connect(loop.open(Family.INET6, SocketType.STREAM), address)).isZero();
    }
    loop.eventuallyTrue(() -> listener.queuedIn() == 3);
    assertThat(loop.call(listener::queuedOut)).isZero();
  }

  @Test
  void shouldRefuseWhatTheKernelRefuses() {
    KernelSocket first = loop.bound(Family.INET, SocketType.STREAM);
    Address taken = loop.call(first::localAddress);
    KernelSocket second = loop.open(Family.INET, SocketType.STREAM);
    assertRefused(Errno.EADDRINUSE, () -> second.bind(taken));
    assertRefused(Errno.EADDRNOTAVAIL, () -> second.bind(Address.inet("192.0.2.1", 0)));
    assertRefused(Errno.EAFNOSUPPORT, () -> second.bind(anyLoopback(Family.INET6)));
    assertRefused(Errno.ENOTCONN, () -> second.shutdown(Direction.BOTH));
    assertRefused(
        Errno.EPROTONOSUPPORT, () -> loop.kernel.open(Family.INET, SocketType.STREAM, 17));
  }

  @Test
  void shouldAnswerABadAddressWithoutThrowing() {
    KernelSocket socket = loop.open(Family.INET, SocketType.DGRAM);
    Address name = Address.inet("localhost", 1);
    Address ipv6 = Address.inet("::1", 1);
    assertThat(loop.call(() -> socket.connect(name))).isEqualTo(-Errno.EINVAL);
    assertThat(loop.call(() -> socket.connect(ipv6))).isEqualTo(-Errno.EAFNOSUPPORT);
    assertThat(loop.call(() -> socket.send(bytes("x"), name, false))).isEqualTo(-Errno.EINVAL);
  }

  private void assertRefused(int errno, Runnable step) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> loop.run(step))
        .satisfies(e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
  }

  @Test
  void shouldKnowItsKindProtocolAndInode() {
    KernelSocket tcp = loop.open(Family.INET, SocketType.STREAM);
    KernelSocket udp = loop.open(Family.INET6, SocketType.DGRAM);
    KernelSocket unix = loop.open(Family.UNIX, SocketType.STREAM);
    assertThat(tcp.protocol()).isEqualTo(6);
    assertThat(udp.protocol()).isEqualTo(17);
    assertThat(unix.protocol()).isZero();
    assertThat(udp.family()).isEqualTo(Family.INET6);
    assertThat(udp.type()).isEqualTo(SocketType.DGRAM);
    assertThat(loop.call(tcp::inode)).isPositive().isNotEqualTo(loop.call(udp::inode));
  }
}
