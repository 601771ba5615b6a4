package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.KernelLoop.bytes;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.KernelLoop.Pair;
import dev.sockbroker.broker.os.OptionTable.Access;
import dev.sockbroker.broker.os.OptionTable.Option;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the option table against the kernel, on every kind of socket. */
class SocketOptionsTest {
  /** The value to set, and the value that the kernel then returns. */
  private record Value(Object set, Object read) {}

  private static Value same(Object value) {
    return new Value(value, value);
  }

  private static final Map<String, Object> GROUP4 = Map.of("group", "239.1.2.3", "interface", "lo");
  private static final Map<String, Object> GROUP6 = Map.of("group", "ff02::1234", "interface", 1L);
  private static final String JOINED6 = "lo\\s+ff020000000000000000000000001234";

  private static final Map<String, Value> VALUES =
      Map.ofEntries(
          entry("SO_REUSEADDR", same(true)),
          entry("SO_KEEPALIVE", same(true)),
          entry("SO_LINGER", same(Map.of("on", true, "seconds", 5L))),
          entry("SO_RCVBUF", new Value(20_000L, 40_000L)),
          entry("SO_SNDBUF", new Value(20_000L, 40_000L)),
          entry("SO_RCVLOWAT", same(10L)),
          entry("SO_BROADCAST", same(true)),
          entry("SO_OOBINLINE", same(true)),
          entry("SO_PRIORITY", same(6L)),
          entry("SO_MARK", same(0xffff_fffeL)),
          entry("SO_BUSY_POLL", same(50L)),
          entry("SO_INCOMING_CPU", same(0L)),
          entry("SO_RCVTIMEO", same(100L)),
          entry("SO_SNDTIMEO", same(200L)),
          entry("SO_REUSEPORT", same(true)),
          entry("SO_BINDTODEVICE", same("lo")),
          entry("SO_TIMESTAMPNS", same(true)),
          entry("TCP_NODELAY", same(true)),
          entry("TCP_CORK", same(true)),
          entry("TCP_KEEPIDLE", same(100L)),
          entry("TCP_KEEPINTVL", same(20L)),
          entry("TCP_KEEPCNT", same(4L)),
          entry("TCP_USER_TIMEOUT", same(1000L)),
          entry("TCP_QUICKACK", same(false)),
          entry("TCP_FASTOPEN", same(5L)),
          entry("TCP_DEFER_ACCEPT", new Value(5L, 7L)),
          entry("TCP_NOTSENT_LOWAT", same(16_384L)),
          entry("TCP_MAXSEG", same(1000L)),
          entry("TCP_SYNCNT", same(3L)),
          entry("TCP_LINGER2", same(10L)),
          entry("TCP_WINDOW_CLAMP", same(10_000L)),
          entry("TCP_CONGESTION", same("reno")),
          entry("IP_TOS", same(0x10L)),
          entry("IP_TTL", same(33L)),
          entry("IP_MTU_DISCOVER", same(3L)),
          entry("IP_FREEBIND", same(true)),
          entry("IP_TRANSPARENT", same(true)),
          entry("IP_BIND_ADDRESS_NO_PORT", same(true)),
          entry("IP_RECVTOS", same(true)),
          entry("IP_RECVTTL", same(true)),
          entry("IP_PKTINFO", same(true)),
          entry("IP_MULTICAST_TTL", same(3L)),
          entry("IP_MULTICAST_LOOP", same(false)),
          entry(
              "IP_MULTICAST_IF",
              new Value(Map.of("address", "127.0.0.1"), Map.of("address", "127.0.0.1"))),
          entry("IP_ADD_MEMBERSHIP", same(GROUP4)),
          entry("IP_DROP_MEMBERSHIP", same(GROUP4)),
          entry("IPV6_V6ONLY", same(true)),
          entry("IPV6_UNICAST_HOPS", same(33L)),
          entry("IPV6_TCLASS", same(0x20L)),
          entry("IPV6_RECVTCLASS", same(true)),
          entry("IPV6_RECVHOPLIMIT", same(true)),
          entry("IPV6_RECVPKTINFO", same(true)),
          entry("IPV6_MULTICAST_HOPS", same(3L)),
          entry("IPV6_MULTICAST_LOOP", same(false)),
          entry("IPV6_MULTICAST_IF", new Value("lo", 1L)),
          entry("IPV6_JOIN_GROUP", same(GROUP6)),
          entry("IPV6_LEAVE_GROUP", same(GROUP6)),
          entry("UDP_SEGMENT", same(100L)),
          entry("UDP_GRO", same(true)));

  /** A broker without CAP_NET_ADMIN cannot set these to the values above. */
  private static final Set<String> PRIVILEGED = Set.of("SO_MARK", "SO_BUSY_POLL", "IP_TRANSPARENT");

  private static final boolean MAY_ADMINISTER = hasCapability(12);

  private final KernelLoop loop = new KernelLoop();

  @AfterEach
  void close() {
    loop.close();
  }

  private static Stream<Arguments> kinds() {
    return Stream.of(Family.values())
        .flatMap(family -> Stream.of(SocketType.values()).map(type -> Arguments.of(family, type)));
  }

  private static boolean hasCapability(int number) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String effective = lines.filter(line -> line.startsWith("CapEff:")).findFirst().orElseThrow();
      return (Long.parseUnsignedLong(effective.substring(7).strip(), 16) >> number & 1) == 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean has(Option option, KernelSocket socket) {
    return option.sockets().include(new SocketKind(socket.family(), socket.type(), 0));
  }

  @Test
  void shouldHaveAValueForEveryRowThatCanBeSet() {
    assertThat(VALUES.keySet())
        .isEqualTo(
            OptionTable.all().stream()
                .filter(Option::settable)
                .map(Option::name)
                .collect(Collectors.toSet()));
  }

  @Test
  void shouldGiveEveryRowANumberOfItsOwn() {
    assertThat(OptionTable.all().stream().map(option -> option.level() + ":" + option.number()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldAnswerASetWithTheValueReadBack(Family family, SocketType type) {
    KernelSocket socket = loop.open(family, type);
    Map<String, Object> answers = new LinkedHashMap<>();
    Map<String, Object> expected = new LinkedHashMap<>();
    for (Option option : OptionTable.all()) {
      if (option.settable() && has(option, socket)) {
        Value value = VALUES.get(option.name());
        answers.put(option.name(), set(socket, option.name(), value.set));
        boolean refused = PRIVILEGED.contains(option.name()) && !MAY_ADMINISTER;
        expected.put(option.name(), refused ? "EPERM" : value.read);
      }
    }
    assertThat(answers).isEqualTo(expected);
  }

  /** The result of a set, or the name of the errno. */
  private Object set(KernelSocket socket, String name, Object value) {
    try {
      Object answer = loop.call(() -> socket.setOption(name, value));
      if (OptionTable.named(name).readable()) {
        assertThat(loop.call(() -> socket.getOption(name))).isEqualTo(answer);
      }
      return answer;
    } catch (RefusedException e) {
      return Errno.name(e.errno());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldReadEveryReadOnlyRowAndSetNone(Family family, SocketType type) {
    KernelSocket socket = loop.open(family, type);
    for (Option option : OptionTable.all()) {
      if (option.access() == Access.READ_ONLY && has(option, socket)) {
        assertRefused(Errno.ENOPROTOOPT, () -> socket.setOption(option.name(), 1L));
        if (option.name().equals("IP_MTU")) {
          assertRefused(Errno.ENOTCONN, () -> socket.getOption(option.name()));
        } else {
          assertThat(loop.call(() -> socket.getOption(option.name()))).isNotNull();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldListWhatCanBeReadInTheTablesOrder(Family family, SocketType type) {
    KernelSocket socket = loop.open(family, type);
    assertThat(loop.call(socket::options).keySet())
        .containsExactlyElementsOf(
            OptionTable.all().stream()
                .filter(option -> option.readable() && has(option, socket))
                .map(Option::name)
                .filter(name -> !name.equals("IP_MTU"))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldRefuseOptionsOfOtherKinds(Family family, SocketType type) {
    KernelSocket socket = loop.open(family, type);
    for (Option option : OptionTable.all()) {
      if (!has(option, socket)) {
        assertRefused(Errno.ENOPROTOOPT, () -> socket.getOption(option.name()));
        assertRefused(Errno.ENOPROTOOPT, () -> socket.setOption(option.name(), 1L));
      }
    }
  }

  @Test
  void shouldNotClearThePendingErrorByListing() {
    Pair pair = loop.pair(Family.INET);
    set(pair.client(), "SO_LINGER", Map.of("on", true, "seconds", 0L));
    loop.run(pair.client()::close);
    loop.eventuallyTrue(() -> (pair.server().poll() & KernelSocket.ERR) != 0);
    assertThat(loop.call(pair.server()::options)).doesNotContainKey("SO_ERROR");
    assertRefused(Errno.ENOPROTOOPT, () -> pair.server().getOption("SO_ERROR"));
    assertThat(loop.call(pair.server()::takeError)).isEqualTo(Errno.ECONNRESET);
  }

  @Test
  void shouldTellTheKernelsTruth() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertThat(set(socket, "SO_RCVBUF", 1000L)).isEqualTo(2304L);
    assertThat(set(socket, "SO_RCVLOWAT", 0L)).isEqualTo(1L);
    assertThat(set(socket, "SO_LINGER", Map.of("on", false, "seconds", 9L)))
        .isEqualTo(Map.of("on", false, "seconds", 0L));
    assertThat(set(socket, "IP_TOS", 0x13L)).isEqualTo(0x10L);
    assertThat(set(socket, "SO_BINDTODEVICE", "lo")).isEqualTo("lo");
    assertThat(set(socket, "SO_BINDTODEVICE", "")).isEqualTo("");
    assertThat((long) set(socket, "SO_RCVTIMEO", 1L)).isBetween(1L, 10L);
  }

  @Test
  void shouldTellTheTimeoutsInMilliseconds() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertThat(loop.call(socket::receiveTimeoutMillis)).isZero();
    assertThat(loop.call(socket::sendTimeoutMillis)).isZero();
    set(socket, "SO_RCVTIMEO", 60_100L);
    set(socket, "SO_SNDTIMEO", 200L);
    assertThat(loop.call(socket::receiveTimeoutMillis)).isEqualTo(60_100);
    assertThat(loop.call(socket::sendTimeoutMillis)).isEqualTo(200);
  }

  @Test
  void shouldTakeNumbersForFlags() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertThat(set(socket, "TCP_NODELAY", 1L)).isEqualTo(true);
    assertThat(set(socket, "TCP_NODELAY", 0L)).isEqualTo(false);
  }

  @ParameterizedTest
  @CsvSource({
    "TCP_NODELAY, 2",
    "TCP_NODELAY, text",
    "SO_RCVBUF, true",
    "SO_RCVBUF, text",
    "SO_RCVBUF, 2147483648",
    "SO_RCVBUF, -5",
    "SO_RCVBUF, ''",
    "SO_RCVBUF, 18446744073709551616",
    "SO_SNDBUF, -1",
    "SO_RCVLOWAT, -1",
    "SO_PRIORITY, -1",
    "SO_BUSY_POLL, -1",
    "SO_INCOMING_CPU, -2",
    "TCP_DEFER_ACCEPT, -1",
    "TCP_WINDOW_CLAMP, -1",
    "TCP_LINGER2, -2",
    "IP_TOS, 256",
    "IP_TOS, -1",
    "SO_MARK, -1",
    "SO_LINGER, 5",
    "SO_RCVTIMEO, -1",
    "SO_BINDTODEVICE, 1",
    "SO_BINDTODEVICE, sixteen-letters!",
    "TCP_CONGESTION, true",
    "IP_TTL, 256",
    "TCP_KEEPIDLE, 0"
  })
  void shouldRefuseAValueOfAnotherKind(String name, String text) {
    Object value =
        switch (text) {
          case "true" -> true;
          case String s when s.matches("-?\\d{1,19}") -> Long.valueOf(s);
          default -> text;
        };
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertRefused(Errno.EINVAL, () -> socket.setOption(name, value));
  }

  @Test
  void shouldRefuseObjectsThatDoNotFit() {
    KernelSocket tcp = loop.open(Family.INET, SocketType.STREAM);
    KernelSocket udp = loop.open(Family.INET, SocketType.DGRAM);
    KernelSocket udp6 = loop.open(Family.INET6, SocketType.DGRAM);
    assertRefused(
        Errno.EINVAL, () -> tcp.setOption("SO_LINGER", Map.of("on", true, "seconds", -1L)));
    assertRefused(Errno.EINVAL, () -> tcp.setOption("SO_LINGER", Map.of("seconds", 1L)));
    assertRefused(Errno.EINVAL, () -> udp.setOption("IP_ADD_MEMBERSHIP", Map.of()));
    assertRefused(
        Errno.EINVAL, () -> udp.setOption("IP_ADD_MEMBERSHIP", Map.of("group", "ff02::1")));
    assertRefused(
        Errno.EINVAL, () -> udp6.setOption("IPV6_JOIN_GROUP", Map.of("group", "239.1.2.3")));
    assertRefused(
        Errno.ENODEV,
        () ->
            udp.setOption(
                "IP_ADD_MEMBERSHIP", Map.of("group", "239.1.2.3", "interface", "nosuch0")));
    assertRefused(Errno.EADDRNOTAVAIL, () -> udp.setOption("IP_DROP_MEMBERSHIP", GROUP4));
  }

  @Test
  void shouldNameTheUnknownOption() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> loop.call(() -> socket.getOption("SO_NONSENSE")))
        .withMessageContaining("SO_NONSENSE")
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOPROTOOPT));
    assertRefused(Errno.ENOENT, () -> socket.setOption("TCP_CONGESTION", "nonsense"));
  }

  @Test
  void shouldReceiveFromTheGroupThatItJoined() {
    KernelSocket socket = loop.open(Family.INET, SocketType.DGRAM);
    loop.run(() -> socket.bind(Address.inet("0.0.0.0", 0)));
    int port = loop.call(socket::localAddress).port();
    assertThat(set(socket, "IP_ADD_MEMBERSHIP", GROUP4)).isEqualTo(GROUP4);
    assertThat(set(socket, "IP_MULTICAST_IF", Map.of("interface", "lo")))
        .isEqualTo(Map.of("address", "0.0.0.0"));
    receiveOwn(socket, Address.inet("239.1.2.3", port));
  }

  /** The loopback interface has no route for IPv6 groups, so the kernel's list shows the effect. */
  @Test
  void shouldJoinAndLeaveAnIpv6Group() throws IOException {
    KernelSocket socket = loop.open(Family.INET6, SocketType.DGRAM);
    assertThat(set(socket, "IPV6_JOIN_GROUP", GROUP6)).isEqualTo(GROUP6);
    assertThat(Files.readString(Path.of("/proc/net/igmp6"))).containsPattern(JOINED6);
    assertThat(set(socket, "IPV6_LEAVE_GROUP", GROUP6)).isEqualTo(GROUP6);
    assertThat(Files.readString(Path.of("/proc/net/igmp6"))).doesNotContainPattern(JOINED6);
  }

  private void receiveOwn(KernelSocket socket, Address to) {
    assertThat(loop.call(() -> socket.send(bytes("x"), to, false))).isEqualTo(1);
    loop.awaitReadable(socket);
    assertThat(loop.receive(socket, 10)).isEqualTo("x");
  }

  @Test
  @SuppressWarnings("unchecked")
  void shouldReadTheCountersByTheirNames() {
    Pair pair = loop.pair(Family.INET);
    loop.send(pair.client(), "12345");
    loop.awaitReadable(pair.server());
    Map<String, Object> client =
        (Map<String, Object>) loop.call(() -> pair.client().getOption("TCP_INFO"));
    assertThat(client)
        .containsEntry("tcpi_state", 1L)
        .containsEntry("tcpi_bytes_sent", 5L)
        .containsEntry("tcpi_data_segs_out", 1L);
    Map<String, Object> server =
        (Map<String, Object>) loop.call(() -> pair.server().getOption("TCP_INFO"));
    assertThat(server)
        .containsEntry("tcpi_bytes_received", 5L)
        .containsEntry("tcpi_max_pacing_rate", new BigInteger("18446744073709551615"))
        .containsKey("tcpi_rcv_space");
    set(pair.server(), "SO_RCVBUF", 20_000L);
    assertThat((Map<String, Object>) loop.call(() -> pair.server().getOption("SO_MEMINFO")))
        .hasSize(9)
        .containsEntry("rcvbuf", 40_000L);
  }

  private void assertRefused(int errno, Runnable step) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> loop.run(step))
        .satisfies(e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)))
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
  }
}
