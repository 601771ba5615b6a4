package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options by number. The values are little-endian, like all supported machines. */
class RawOptionsTest {
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;

  private final KernelLoop loop = new KernelLoop();

  @AfterEach
  void close() {
    loop.close();
  }

  @Test
  void shouldSetAndReadBytes() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertThat(loop.call(() -> socket.setOption(SOL_SOCKET, SO_REUSEADDR, "01000000")))
        .isEqualTo("01000000");
    assertThat(loop.call(() -> socket.getOption(SOL_SOCKET, SO_REUSEADDR, 4)))
        .isEqualTo("01000000");
    assertThat(loop.call(() -> socket.getOption("SO_REUSEADDR"))).isEqualTo(true);
    assertThat(loop.call(() -> socket.getOption(SOL_SOCKET, SO_REUSEADDR, 0)))
        .isEqualTo("01000000");
    assertThat(loop.call(() -> socket.setOption(SOL_SOCKET, 8, "E8030000"))).isEqualTo("00090000");
  }

  @Test
  void shouldAnswerASetOnlyOptionWithItself() {
    KernelSocket socket = loop.open(Family.INET, SocketType.DGRAM);
    String group = "ef010203" + "00000000" + "01000000";
    assertThat(loop.call(() -> socket.setOption(0, 35, group))).isEqualTo(group);
  }

  @ParameterizedTest
  @CsvSource({
    "SO_PEEK_OFF, 1, 42",
    "IP_RECVERR, 0, 11",
    "IP_RECVERR_RFC4884, 0, 26",
    "IPV6_RECVERR, 41, 25",
    "IPV6_RECVERR_RFC4884, 41, 31",
    "SO_TIMESTAMPING, 1, 37",
    "SO_TIMESTAMPING_NEW, 1, 65",
    "SO_ZEROCOPY, 1, 60",
    "SO_ATTACH_FILTER, 1, 26",
    "SO_DETACH_FILTER, 1, 27",
    "SO_ATTACH_BPF, 1, 50",
    "SO_ATTACH_REUSEPORT_CBPF, 1, 51",
    "SO_ATTACH_REUSEPORT_EBPF, 1, 52",
    "SO_DETACH_REUSEPORT_BPF, 1, 68",
    "SO_LOCK_FILTER, 1, 44",
    "SO_RESERVE_MEM, 1, 73",
    "SO_SELECT_ERR_QUEUE, 1, 45",
    "SO_WIFI_STATUS, 1, 41",
    "SO_TXTIME, 1, 61",
    "SO_PREFER_BUSY_POLL, 1, 69",
    "SO_BUSY_POLL_BUDGET, 1, 70",
    "SO_PASSPIDFD, 1, 76",
    "SO_DEVMEM_DONTNEED, 1, 80",
    "TCP_QUEUE_SEQ, 6, 21",
    "TCP_INQ, 6, 36",
    "TCP_AO_REPAIR, 6, 42",
    "SO_RCVTIMEO, 1, 20",
    "SO_SNDTIMEO, 1, 21",
    "SO_RCVTIMEO_NEW, 1, 66",
    "SO_SNDTIMEO_NEW, 1, 67",
    "SO_ERROR, 1, 4",
    "SO_PEERPIDFD, 1, 77",
    "SO_SNDBUFFORCE, 1, 32",
    "SO_RCVBUFFORCE, 1, 33",
    "IP_IPSEC_POLICY, 0, 16",
    "IP_XFRM_POLICY, 0, 17",
    "IPV6_IPSEC_POLICY, 41, 34",
    "IPV6_XFRM_POLICY, 41, 35",
    "UDP_ENCAP, 17, 100",
    "TCP_REPAIR, 6, 19",
    "TCP_FASTOPEN_CONNECT, 6, 30",
    "TCP_ULP, 6, 31",
    "TCP_ZEROCOPY_RECEIVE, 6, 35",
    "IPV6_ADDRFORM, 41, 1",
    "IPT_SO_SET_REPLACE, 0, 64",
    "IP6T_SO_SET_REPLACE, 41, 64"
  })
  void shouldRefuseWhatWouldHarmTheBroker(String name, int level, int number) {
    KernelSocket socket = loop.open(Family.INET6, SocketType.STREAM);
    assertRefused(Errno.EPERM, () -> socket.setOption(level, number, "01000000"));
    assertRefused(Errno.EPERM, () -> socket.getOption(level, number, 4));
  }

  /** MPTCP_FULL_INFO has pointers in its value. Modules and newer kernels can add options. */
  @ParameterizedTest
  @CsvSource({
    "IP_VS_SO_SET_ADD, 0, 1154",
    "MPTCP_FULL_INFO, 284, 4",
    "newer than this broker, 1, 85",
    "newer than this broker, 6, 47"
  })
  void shouldNotPassOnWhatItDoesNotKnow(String name, int level, int number) {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertUnknown(() -> socket.setOption(level, number, "01000000"));
    assertUnknown(() -> socket.getOption(level, number, 4));
  }

  private void assertUnknown(Runnable step) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> loop.run(step))
        .satisfies(e -> assertThat(Errno.name(e.errno())).isEqualTo("ENOPROTOOPT"))
        .withMessageContaining("unknown to the broker");
  }

  @Test
  void shouldOpenNoDescriptorForAPeer() {
    KernelSocket server = loop.pair(Family.UNIX).server();
    int before = loop.call(KernelLoop::openDescriptors);
    assertRefused(Errno.EPERM, () -> server.getOption(SOL_SOCKET, 77, 4));
    assertThat(loop.call(KernelLoop::openDescriptors)).isEqualTo(before);
  }

  @Test
  void shouldRefuseWhatIsNoValue() {
    KernelSocket socket = loop.open(Family.INET, SocketType.STREAM);
    assertRefused(Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, SO_REUSEADDR, "0"));
    assertRefused(Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, SO_REUSEADDR, "xx"));
    assertRefused(Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, SO_REUSEADDR, ""));
    assertRefused(
        Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, SO_REUSEADDR, "00".repeat(4097)));
    assertRefused(Errno.EINVAL, () -> socket.getOption(SOL_SOCKET, SO_REUSEADDR, 4097));
    assertRefused(Errno.EINVAL, () -> socket.getOption(SOL_SOCKET, SO_REUSEADDR, -1));
    assertRefused(Errno.ENOPROTOOPT, () -> socket.getOption(SOL_SOCKET, 9999, 4));
    assertRefused(Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, 13, "01000000ffffffff"));
    assertRefused(Errno.EINVAL, () -> socket.setOption(SOL_SOCKET, 13, "01000000ffffffff00000000"));
  }

  private void assertRefused(int errno, Runnable step) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> loop.run(step))
        .satisfies(e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
  }
}
