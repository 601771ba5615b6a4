package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.broker.core.KernelSocket;
import dev.sockbroker.broker.core.KernelSocket.Arrival;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every method of a socket on the real kernel, over loopback. */
class EpollSocketTest {
  private static final AtomicLong NAMES = new AtomicLong();

  private final KernelLoop loop = new KernelLoop();
  private final List<KernelSocket> opened = new ArrayList<>();
  private final Arrival arrival = new Arrival();

  @AfterEach
  void closeAll() {
    loop.run(() -> opened.forEach(KernelSocket::close));
    loop.close();
  }

  /** A connected pair and the listener that it came from. */
  private record Pair(KernelSocket listener, KernelSocket client, KernelSocket server) {}

  private KernelSocket open(Family family, SocketType type) {
    KernelSocket socket = loop.call(() -> loop.kernel.open(family, type, 0));
    opened.add(socket);
    return socket;
  }

  private static Address anyLoopback(Family family) {
    return switch (family) {
      case INET -> Address.inet("127.0.0.1", 0);
      case INET6 -> Address.inet("::1", 0);
      case UNIX ->
          Address.unix("@os-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet());
    };
  }

  private KernelSocket listener(Family family) {
    KernelSocket listener = open(family, SocketType.STREAM);
    loop.run(
        () -> {
          listener.bind(anyLoopback(family));
          listener.listen(16);
        });
    return listener;
  }

  private Pair pair(Family family) {
    KernelSocket listener = listener(family);
    KernelSocket client = open(family, SocketType.STREAM);
    int answer = loop.call(() -> client.connect(listener.localAddress()));
    assertThat(answer).isIn(0, -Errno.EINPROGRESS);
    KernelSocket server = eventually(listener::accept);
    opened.add(server);
    if (answer != 0) {
      assertThat(loop.call(client::finishConnect)).isZero();
    }
    return new Pair(listener, client, server);
  }

  private KernelSocket boundDatagram(Family family) {
    KernelSocket socket = open(family, SocketType.DGRAM);
    loop.run(() -> socket.bind(anyLoopback(family)));
    return socket;
  }

  /** Waits until the step, run on the loop, answers other than null. */
  private <T> T eventually(Callable<T> step) {
    List<T> answers = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(KernelLoop.DEADLINE_SECONDS))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              T answer = loop.call(step);
              if (answer != null) {
                answers.add(answer);
              }
              return answer != null;
            });
    return answers.getFirst();
  }

  private void eventuallyTrue(Callable<Boolean> condition) {
    eventually(() -> condition.call() ? true : null);
  }

  private static ByteBuf bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Unpooled.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
  }

  private int send(KernelSocket socket, String text) {
    return loop.call(() -> socket.send(bytes(text), null, false));
  }

  /** What a receive answers: the text, or the errno's name. */
  private String receive(KernelSocket socket, int length, boolean peek) {
    return loop.call(
        () -> {
          ByteBuf into = Unpooled.directBuffer(Math.max(1, length));
          int count = socket.receive(into, length, peek, arrival);
          assertThat(into.readableBytes()).isEqualTo(Math.max(0, count));
          return count < 0 ? Errno.name(-count) : into.toString(StandardCharsets.UTF_8);
        });
  }

  private String receive(KernelSocket socket, int length) {
    return receive(socket, length, false);
  }

  private void awaitReadable(KernelSocket socket) {
    eventuallyTrue(() -> (socket.poll() & KernelSocket.IN) != 0);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldMoveBytesBetweenAConnectedPair(Family family) {
    Pair pair = pair(family);
    assertThat(send(pair.client, "hello world")).isEqualTo(11);
    awaitReadable(pair.server);
    assertThat(loop.call(pair.server::queuedIn)).isEqualTo(11);
    assertThat(receive(pair.server, 5, true)).isEqualTo("hello");
    assertThat(receive(pair.server, 5)).isEqualTo("hello");
    assertThat(receive(pair.server, 100)).isEqualTo(" world");
    assertThat(receive(pair.server, 100)).isEqualTo("EAGAIN");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldTellAddressesOfAPair(Family family) {
    Pair pair = pair(family);
    Address listening = loop.call(pair.listener::localAddress);
    assertThat(loop.call(pair.server::localAddress)).isEqualTo(listening);
    assertThat(loop.call(pair.client::peerAddress)).isEqualTo(listening);
    Address ofClient =
        family == Family.UNIX ? Address.unix("") : loop.call(pair.client::localAddress);
    assertThat(loop.call(pair.server::peerAddress)).isEqualTo(ofClient);
    assertThat(loop.call(pair.listener::peerAddress)).isNull();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldHaveNoAddressesBeforeBind(Family family) {
    for (SocketType type : SocketType.values()) {
      KernelSocket socket = open(family, type);
      assertThat(loop.call(socket::localAddress)).isNull();
      assertThat(loop.call(socket::peerAddress)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void shouldCarryDatagramsWithTheirSender(Family family) {
    KernelSocket a = boundDatagram(family);
    KernelSocket b = boundDatagram(family);
    Address toB = loop.call(b::localAddress);
    assertThat(loop.call(() -> a.send(bytes("0123456789"), toB, false))).isEqualTo(10);
    assertThat(loop.call(() -> a.send(bytes(""), toB, false))).isZero();
    awaitReadable(b);
    assertThat(receive(b, 3)).isEqualTo("012");
    assertThat(arrival.size).isEqualTo(10);
    assertThat(arrival.from).isEqualTo(loop.call(a::localAddress));
    awaitReadable(b);
    assertThat(loop.call(b::peek)).isEqualTo(1);
    assertThat(receive(b, 10)).isEmpty();
    assertThat(arrival.size).isZero();
    assertThat(receive(b, 10)).isEqualTo("EAGAIN");
    assertThat(loop.call(b::peek)).isEqualTo(-Errno.EAGAIN);
  }
}
