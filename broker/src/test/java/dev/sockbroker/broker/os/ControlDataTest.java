package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.KernelLoop.buffer;
import static dev.sockbroker.broker.os.KernelLoop.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.os.KernelLoop.Pair;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply.ControlData;
import dev.sockbroker.protocol.SocketType;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The control data that the kernel returns for enabled options (rule 50). */
class ControlDataTest {
  private static final long LOOPBACK_INTERFACE = 1;

  private final KernelLoop loop = new KernelLoop();

  @AfterEach
  void close() {
    loop.close();
  }

  private void set(KernelSocket socket, String option, Object value) {
    loop.run(() -> socket.setOption(option, value));
  }

  /** Sends itself one datagram and tells what came with it. */
  private ControlData receiveOwn(KernelSocket socket) {
    Address self = loop.call(socket::localAddress);
    loop.call(() -> socket.send(bytes("x"), self, false));
    loop.awaitReadable(socket);
    assertThat(loop.receive(socket, 10)).isEqualTo("x");
    return loop.arrival().control;
  }

  @Test
  void shouldSayNothingUnasked() {
    assertThat(receiveOwn(loop.bound(Family.INET, SocketType.DGRAM))).isNull();
    assertThat(receiveOwn(loop.bound(Family.INET6, SocketType.DGRAM))).isNull();
    assertThat(receiveOwn(loop.bound(Family.UNIX, SocketType.DGRAM))).isNull();
  }

  @Test
  void shouldTellTosTtlAndDestinationOfIpv4() {
    KernelSocket socket = loop.bound(Family.INET, SocketType.DGRAM);
    set(socket, "IP_RECVTOS", true);
    set(socket, "IP_RECVTTL", true);
    set(socket, "IP_PKTINFO", true);
    set(socket, "IP_TOS", 0x28L);
    set(socket, "IP_TTL", 33L);
    assertThat(receiveOwn(socket))
        .isEqualTo(new ControlData(0x28, 33, "127.0.0.1", (int) LOOPBACK_INTERFACE, null, null));
  }

  @Test
  void shouldTellTrafficClassHopLimitAndDestinationOfIpv6() {
    KernelSocket socket = loop.bound(Family.INET6, SocketType.DGRAM);
    set(socket, "IPV6_RECVTCLASS", true);
    set(socket, "IPV6_RECVHOPLIMIT", true);
    set(socket, "IPV6_RECVPKTINFO", true);
    set(socket, "IPV6_TCLASS", 0x28L);
    set(socket, "IPV6_UNICAST_HOPS", 33L);
    assertThat(receiveOwn(socket))
        .isEqualTo(new ControlData(0x28, 33, "::1", (int) LOOPBACK_INTERFACE, null, null));
  }

  @Test
  void shouldTellWhenADatagramCame() {
    KernelSocket socket = loop.bound(Family.INET, SocketType.DGRAM);
    set(socket, "SO_TIMESTAMPNS", true);
    assertJustNow(receiveOwn(socket).timestampNanos());
  }

  @Test
  void shouldTellWhenBytesOfAStreamCame() {
    Pair pair = loop.pair(Family.INET);
    set(pair.server(), "SO_TIMESTAMPNS", true);
    // The kernel begins to stamp a little after the first socket asked for it.
    loop.eventuallyTrue(
        () -> {
          pair.client().send(bytes("x"), null, false);
          return pair.server().receive(buffer(10), 10, false, loop.arrival()) > 0
              && loop.arrival().control != null;
        });
    assertJustNow(loop.arrival().control.timestampNanos());
    assertThat(loop.arrival().from).isNull();
  }

  private static void assertJustNow(long nanos) {
    Instant told = Instant.ofEpochSecond(0, nanos);
    assertThat(told).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
  }

  @Test
  void shouldTellTheSegmentSizeOfDatagramsThatCameAsOne() {
    KernelSocket sender = loop.bound(Family.INET, SocketType.DGRAM);
    KernelSocket receiver = loop.bound(Family.INET, SocketType.DGRAM);
    set(sender, "UDP_SEGMENT", 4L);
    set(receiver, "UDP_GRO", true);
    Address to = loop.call(receiver::localAddress);
    assertThat(loop.call(() -> sender.send(bytes("aaaabbbbccccddddee"), to, false))).isEqualTo(18);
    loop.awaitReadable(receiver);
    assertThat(loop.receive(receiver, 100)).isEqualTo("aaaabbbbccccddddee");
    assertThat(loop.arrival().control.segmentSize()).isEqualTo(4);
  }
}
