package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An option of the contract's table, with the value to set and the value to read.
 *
 * @param sockets the sockets that have it
 * @param set null for a read-only option
 * @param read null if any value is correct
 * @param mayLack the errnos that report a missing option or permission; the suite prints them
 */
record OptionRow(String name, Sockets sockets, Object set, Object read, List<Integer> mayLack) {
  /** Kinds of sockets. */
  enum Sockets {
    ANY,
    INTERNET,
    TCP,
    UDP,
    INTERNET6,
    UDP6;

    boolean include(Family family, SocketType type) {
      boolean internet = family != Family.UNIX;
      boolean stream = type == SocketType.STREAM;
      return switch (this) {
        case ANY -> true;
        case INTERNET -> internet;
        case TCP -> internet && stream;
        case UDP -> internet && !stream;
        case INTERNET6 -> family == Family.INET6;
        case UDP6 -> family == Family.INET6 && !stream;
      };
    }
  }

  /** Section 8 of the contract, including the values that the kernel reads back differently. */
  static final List<OptionRow> ALL =
      List.of(
          same("SO_REUSEADDR", Sockets.ANY, true),
          same("SO_REUSEPORT", Sockets.INTERNET, true),
          same("SO_KEEPALIVE", Sockets.ANY, true),
          same("SO_LINGER", Sockets.ANY, Map.of("on", true, "seconds", 5L)),
          other("SO_LINGER", Sockets.ANY, linger(false, 5), linger(false, 0)),
          other("SO_RCVBUF", Sockets.ANY, 8192L, 16384L),
          other("SO_RCVBUF", Sockets.ANY, 1000L, 2304L),
          other("SO_SNDBUF", Sockets.ANY, 8192L, 16384L),
          other("SO_SNDBUF", Sockets.ANY, 1000L, 4608L),
          same("SO_RCVLOWAT", Sockets.ANY, 10L),
          other("SO_RCVLOWAT", Sockets.ANY, 0L, 1L),
          same("SO_BROADCAST", Sockets.ANY, true),
          same("SO_OOBINLINE", Sockets.ANY, true),
          same("SO_PRIORITY", Sockets.ANY, 6L),
          same("SO_PRIORITY", Sockets.ANY, 7L).needingCapability(),
          same("SO_MARK", Sockets.ANY, 0xfedc_ba98L).needingCapability(),
          same("SO_BUSY_POLL", Sockets.ANY, 50L).needingCapability().newer(),
          same("SO_BINDTODEVICE", Sockets.INTERNET, "lo"),
          same("SO_INCOMING_CPU", Sockets.ANY, 0L),
          same("SO_RCVTIMEO", Sockets.ANY, 1000L),
          other("SO_RCVTIMEO", Sockets.ANY, 1001L, null),
          same("SO_SNDTIMEO", Sockets.ANY, 1000L),
          same("SO_TIMESTAMPNS", Sockets.INTERNET, true),
          same("TCP_NODELAY", Sockets.TCP, true),
          same("TCP_CORK", Sockets.TCP, true),
          same("TCP_KEEPIDLE", Sockets.TCP, 100L),
          same("TCP_KEEPINTVL", Sockets.TCP, 10L),
          same("TCP_KEEPCNT", Sockets.TCP, 5L),
          same("TCP_USER_TIMEOUT", Sockets.TCP, 5000L),
          same("TCP_QUICKACK", Sockets.TCP, false),
          same("TCP_FASTOPEN", Sockets.TCP, 5L),
          other("TCP_DEFER_ACCEPT", Sockets.TCP, 5L, 7L),
          same("TCP_NOTSENT_LOWAT", Sockets.TCP, 16384L),
          same("TCP_MAXSEG", Sockets.TCP, 1000L),
          same("TCP_SYNCNT", Sockets.TCP, 3L),
          same("TCP_LINGER2", Sockets.TCP, 10L),
          same("TCP_WINDOW_CLAMP", Sockets.TCP, 10000L),
          same("TCP_CONGESTION", Sockets.TCP, "reno"),
          same("IP_TOS", Sockets.UDP, 0x13L),
          other("IP_TOS", Sockets.TCP, 0x13L, 0x10L),
          same("IP_TTL", Sockets.INTERNET, 42L),
          same("IP_MTU_DISCOVER", Sockets.INTERNET, 2L),
          same("IP_FREEBIND", Sockets.INTERNET, true),
          same("IP_TRANSPARENT", Sockets.INTERNET, true).needingCapability(),
          same("IP_BIND_ADDRESS_NO_PORT", Sockets.INTERNET, true),
          same("IP_RECVTOS", Sockets.INTERNET, true),
          same("IP_RECVTTL", Sockets.INTERNET, true),
          same("IP_PKTINFO", Sockets.INTERNET, true),
          same("IP_MULTICAST_TTL", Sockets.UDP, 3L),
          same("IP_MULTICAST_LOOP", Sockets.UDP, false),
          same("IP_MULTICAST_IF", Sockets.UDP, Map.of("address", "127.0.0.1")),
          same("IPV6_V6ONLY", Sockets.INTERNET6, true),
          same("IPV6_UNICAST_HOPS", Sockets.INTERNET6, 42L),
          same("IPV6_MULTICAST_HOPS", Sockets.UDP6, 3L),
          same("IPV6_MULTICAST_LOOP", Sockets.UDP6, false),
          other("IPV6_MULTICAST_IF", Sockets.UDP6, "lo", 1L),
          same("IPV6_TCLASS", Sockets.INTERNET6, 0x10L),
          same("UDP_SEGMENT", Sockets.UDP, 1000L).newer(),
          same("UDP_GRO", Sockets.UDP, true).newer(),
          same("O_NONBLOCK", Sockets.ANY, true),
          readOnly("SO_ERROR", Sockets.ANY, 0L),
          readOnly("SO_TYPE", Sockets.ANY, null),
          readOnly("SO_DOMAIN", Sockets.ANY, null),
          readOnly("SO_PROTOCOL", Sockets.ANY, null),
          readOnly("SO_ACCEPTCONN", Sockets.ANY, false),
          readOnly("SO_COOKIE", Sockets.ANY, null),
          readOnly("SO_MEMINFO", Sockets.ANY, null),
          readOnly("TCP_INFO", Sockets.TCP, null));

  private static Map<String, Object> linger(boolean on, long seconds) {
    return Map.of("on", on, "seconds", seconds);
  }

  private static OptionRow same(String name, Sockets sockets, Object value) {
    return new OptionRow(name, sockets, value, value, List.of());
  }

  private static OptionRow other(String name, Sockets sockets, Object set, Object read) {
    return new OptionRow(name, sockets, set, read, List.of());
  }

  private static OptionRow readOnly(String name, Sockets sockets, Object read) {
    return new OptionRow(name, sockets, null, read, List.of());
  }

  /** EPERM for a broker that does not run as root. */
  private OptionRow needingCapability() {
    return new OptionRow(name, sockets, set, read, List.of(Errno.EPERM));
  }

  /** An option that not every kernel has. */
  private OptionRow newer() {
    List<Integer> more = new ArrayList<>(mayLack);
    more.add(Errno.ENOPROTOOPT);
    return new OptionRow(name, sockets, set, read, more);
  }
}
