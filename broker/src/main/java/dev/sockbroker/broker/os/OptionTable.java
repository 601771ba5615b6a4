package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.CounterKinds.MEMORY;
import static dev.sockbroker.broker.os.CounterKinds.TCP;
import static dev.sockbroker.broker.os.Linux.SOL_IP;
import static dev.sockbroker.broker.os.Linux.SOL_IPV6;
import static dev.sockbroker.broker.os.Linux.SOL_SOCKET;
import static dev.sockbroker.broker.os.Linux.SOL_TCP;
import static dev.sockbroker.broker.os.Linux.SOL_UDP;
import static dev.sockbroker.broker.os.MulticastKinds.GROUP4;
import static dev.sockbroker.broker.os.MulticastKinds.GROUP6;
import static dev.sockbroker.broker.os.MulticastKinds.INTERFACE4;
import static dev.sockbroker.broker.os.MulticastKinds.INTERFACE6;
import static dev.sockbroker.broker.os.OptionKinds.COOKIE;
import static dev.sockbroker.broker.os.OptionKinds.FLAG;
import static dev.sockbroker.broker.os.OptionKinds.FROM_MINUS_ONE;
import static dev.sockbroker.broker.os.OptionKinds.INTEGER;
import static dev.sockbroker.broker.os.OptionKinds.LINGER;
import static dev.sockbroker.broker.os.OptionKinds.MILLISECONDS;
import static dev.sockbroker.broker.os.OptionKinds.NOT_NEGATIVE;
import static dev.sockbroker.broker.os.OptionKinds.OCTET;
import static dev.sockbroker.broker.os.OptionKinds.TEXT;
import static dev.sockbroker.broker.os.OptionKinds.UNSIGNED;

import dev.sockbroker.protocol.Family;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All named options. Only this table knows their numbers (contract, section 8; socket(7), tcp(7),
 * ip(7), ipv6(7), udp(7)). O_NONBLOCK is not an option of the kernel's socket and is handled
 * elsewhere.
 */
final class OptionTable {
  /** Which sockets have an option. */
  enum Sockets {
    ANY("any socket"),
    INTERNET("an INET or INET6 socket"),
    TCP_STREAM("a TCP socket"),
    UDP("a UDP socket"),
    INTERNET6("an INET6 socket"),
    UDP6("an INET6 UDP socket");

    private final String words;

    Sockets(String words) {
      this.words = words;
    }

    boolean include(SocketKind kind) {
      return switch (this) {
        case ANY -> true;
        case INTERNET -> kind.isInet();
        case TCP_STREAM -> kind.isTcp();
        case UDP -> kind.isUdp();
        case INTERNET6 -> kind.family() == Family.INET6;
        case UDP6 -> kind.family() == Family.INET6 && !kind.isStream();
      };
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** What can be done with an option. */
  enum Access {
    BOTH,
    READ_ONLY,
    SET_ONLY,
    /**
     * Read-only, and reading clears the value in the kernel. Only the socket itself may read it.
     */
    CLEARED_BY_READING
  }

  /**
   * A row of the table.
   *
   * @param capability the capability that the broker needs to set the option, for error messages;
   *     or null
   */
  record Option(
      String name,
      int level,
      int number,
      OptionKind kind,
      Sockets sockets,
      Access access,
      String capability) {
    boolean readable() {
      return access == Access.BOTH || access == Access.READ_ONLY;
    }

    boolean settable() {
      return access == Access.BOTH || access == Access.SET_ONLY;
    }
  }

  private static final String NET_ADMIN = "CAP_NET_ADMIN";
  private static final String NET_ADMIN_OR_RAW = "CAP_NET_ADMIN or CAP_NET_RAW";

  private static final Map<String, Option> OPTIONS = new LinkedHashMap<>();

  static {
    both(SOL_SOCKET, Sockets.ANY)
        .row("SO_REUSEADDR", 2, FLAG)
        .row("SO_KEEPALIVE", 9, FLAG)
        .row("SO_LINGER", Linux.SO_LINGER, LINGER)
        .row("SO_RCVBUF", 8, NOT_NEGATIVE)
        .row("SO_SNDBUF", 7, NOT_NEGATIVE)
        .row("SO_RCVLOWAT", 18, NOT_NEGATIVE)
        .row("SO_BROADCAST", 6, FLAG)
        .row("SO_OOBINLINE", Linux.SO_OOBINLINE, FLAG)
        .row("SO_PRIORITY", 12, UNSIGNED, NET_ADMIN_OR_RAW + " above 6")
        .row("SO_MARK", 36, UNSIGNED, NET_ADMIN_OR_RAW)
        .row("SO_BUSY_POLL", 46, NOT_NEGATIVE, NET_ADMIN + " to raise it")
        .row("SO_INCOMING_CPU", 49, FROM_MINUS_ONE)
        .row("SO_RCVTIMEO", Linux.SO_RCVTIMEO, MILLISECONDS)
        .row("SO_SNDTIMEO", Linux.SO_SNDTIMEO, MILLISECONDS);
    both(SOL_SOCKET, Sockets.INTERNET)
        .row("SO_REUSEPORT", 15, FLAG)
        .row("SO_BINDTODEVICE", 25, TEXT, "CAP_NET_RAW to change it")
        .row("SO_TIMESTAMPNS", Linux.SO_TIMESTAMPNS, FLAG);
    new Rows(SOL_SOCKET, Sockets.ANY, Access.CLEARED_BY_READING)
        .row("SO_ERROR", Linux.SO_ERROR, INTEGER);
    new Rows(SOL_SOCKET, Sockets.ANY, Access.READ_ONLY)
        .row("SO_TYPE", 3, INTEGER)
        .row("SO_DOMAIN", 39, INTEGER)
        .row("SO_PROTOCOL", Linux.SO_PROTOCOL, INTEGER)
        .row("SO_ACCEPTCONN", 30, FLAG)
        .row("SO_COOKIE", 57, COOKIE)
        .row("SO_MEMINFO", 55, MEMORY);
    both(SOL_TCP, Sockets.TCP_STREAM)
        .row("TCP_NODELAY", 1, FLAG)
        .row("TCP_CORK", 3, FLAG)
        .row("TCP_KEEPIDLE", 4, INTEGER)
        .row("TCP_KEEPINTVL", 5, INTEGER)
        .row("TCP_KEEPCNT", 6, INTEGER)
        .row("TCP_USER_TIMEOUT", 18, INTEGER)
        .row("TCP_QUICKACK", 12, FLAG)
        .row("TCP_FASTOPEN", 23, INTEGER)
        .row("TCP_DEFER_ACCEPT", 9, NOT_NEGATIVE)
        .row("TCP_NOTSENT_LOWAT", 25, UNSIGNED)
        .row("TCP_MAXSEG", 2, INTEGER)
        .row("TCP_SYNCNT", 7, INTEGER)
        .row("TCP_LINGER2", 8, FROM_MINUS_ONE)
        .row("TCP_WINDOW_CLAMP", 10, NOT_NEGATIVE)
        .row(
            "TCP_CONGESTION",
            13,
            TEXT,
            NET_ADMIN + " outside net.ipv4.tcp_allowed_congestion_control");
    new Rows(SOL_TCP, Sockets.TCP_STREAM, Access.READ_ONLY).row("TCP_INFO", Linux.TCP_INFO, TCP);
    both(SOL_IP, Sockets.INTERNET)
        .row("IP_TOS", 1, OCTET)
        .row("IP_TTL", 2, INTEGER)
        .row("IP_MTU_DISCOVER", 10, INTEGER)
        .row("IP_FREEBIND", 15, FLAG)
        .row("IP_TRANSPARENT", 19, FLAG, NET_ADMIN_OR_RAW)
        .row("IP_BIND_ADDRESS_NO_PORT", 24, FLAG)
        .row("IP_RECVTOS", 13, FLAG)
        .row("IP_RECVTTL", 12, FLAG)
        .row("IP_PKTINFO", 8, FLAG);
    both(SOL_IP, Sockets.UDP)
        .row("IP_MULTICAST_TTL", 33, INTEGER)
        .row("IP_MULTICAST_LOOP", 34, FLAG)
        .row("IP_MULTICAST_IF", 32, INTERFACE4);
    new Rows(SOL_IP, Sockets.UDP, Access.SET_ONLY)
        .row("IP_ADD_MEMBERSHIP", 35, GROUP4)
        .row("IP_DROP_MEMBERSHIP", 36, GROUP4);
    new Rows(SOL_IP, Sockets.INTERNET, Access.READ_ONLY).row("IP_MTU", 14, INTEGER);
    both(SOL_IPV6, Sockets.INTERNET6)
        .row("IPV6_V6ONLY", 26, FLAG)
        .row("IPV6_UNICAST_HOPS", 16, INTEGER)
        .row("IPV6_TCLASS", 67, INTEGER)
        .row("IPV6_RECVTCLASS", 66, FLAG)
        .row("IPV6_RECVHOPLIMIT", 51, FLAG)
        .row("IPV6_RECVPKTINFO", 49, FLAG);
    both(SOL_IPV6, Sockets.UDP6)
        .row("IPV6_MULTICAST_HOPS", 18, INTEGER)
        .row("IPV6_MULTICAST_LOOP", 19, FLAG)
        .row("IPV6_MULTICAST_IF", 17, INTERFACE6);
    new Rows(SOL_IPV6, Sockets.UDP6, Access.SET_ONLY)
        .row("IPV6_JOIN_GROUP", 20, GROUP6)
        .row("IPV6_LEAVE_GROUP", 21, GROUP6);
    both(SOL_UDP, Sockets.UDP).row("UDP_SEGMENT", 103, INTEGER).row("UDP_GRO", Linux.UDP_GRO, FLAG);
  }

  private OptionTable() {}

  /**
   * @return null if there is no option of that name
   */
  static Option named(String name) {
    return OPTIONS.get(name);
  }

  static Collection<Option> all() {
    return OPTIONS.values();
  }

  private static Rows both(int level, Sockets sockets) {
    return new Rows(level, sockets, Access.BOTH);
  }

  /** Adds rows with the same level, sockets and access. */
  private record Rows(int level, Sockets sockets, Access access) {
    Rows row(String name, int number, OptionKind kind) {
      return row(name, number, kind, null);
    }

    Rows row(String name, int number, OptionKind kind, String capability) {
      OPTIONS.put(name, new Option(name, level, number, kind, sockets, access, capability));
      return this;
    }
  }
}
