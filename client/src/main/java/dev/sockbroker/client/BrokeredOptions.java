package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/**
 * The options of a {@code java.net} socket that the broker owns: the older options, which have
 * numbers and which {@code Socket.setSoTimeout} and similar methods use on every JDK, and those of
 * {@link StandardSocketOptions}.
 */
final class BrokeredOptions {
  private static final int LINGER_MAX = 65_535;

  /**
   * The options of the JDK's own sockets, except SO_INCOMING_NAPI_ID, which is about the network
   * card.
   */
  private static final Set<SocketOption<?>> OF_CONNECTIONS =
      withExtended(
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_SNDBUF,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.SO_REUSEPORT,
          StandardSocketOptions.SO_KEEPALIVE,
          StandardSocketOptions.SO_LINGER,
          StandardSocketOptions.TCP_NODELAY,
          StandardSocketOptions.IP_TOS);

  private static final Set<SocketOption<?>> OF_LISTENERS =
      withExtended(
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.SO_REUSEPORT,
          StandardSocketOptions.IP_TOS);

  private static final Map<Integer, SocketOption<?>> BY_NUMBER =
      Map.of(
          SocketOptions.TCP_NODELAY, StandardSocketOptions.TCP_NODELAY,
          SocketOptions.IP_TOS, StandardSocketOptions.IP_TOS,
          SocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEADDR,
          SocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_REUSEPORT,
          SocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_KEEPALIVE,
          SocketOptions.SO_LINGER, StandardSocketOptions.SO_LINGER,
          SocketOptions.SO_SNDBUF, StandardSocketOptions.SO_SNDBUF,
          SocketOptions.SO_RCVBUF, StandardSocketOptions.SO_RCVBUF);

  private BrokeredOptions() {}

  static Set<SocketOption<?>> supported(boolean listener) {
    return listener ? OF_LISTENERS : OF_CONNECTIONS;
  }

  private static Set<SocketOption<?>> withExtended(SocketOption<?>... standard) {
    Set<SocketOption<?>> all = new HashSet<>(Set.of(standard));
    try {
      all.addAll(Extended.OPTIONS);
    } catch (LinkageError e) {
      // a runtime without the module jdk.net has none of its options
      return Set.copyOf(all);
    }
    return Set.copyOf(all);
  }

  /** A separate class, because not every runtime has the classes that it refers to. */
  private static final class Extended {
    static final Set<SocketOption<?>> OPTIONS =
        Set.of(
            ExtendedSocketOptions.TCP_QUICKACK,
            ExtendedSocketOptions.TCP_KEEPIDLE,
            ExtendedSocketOptions.TCP_KEEPINTERVAL,
            ExtendedSocketOptions.TCP_KEEPCOUNT);
  }

  /** The kernel option with that number, or null if the number is not a kernel option. */
  static SocketOption<?> byNumber(int number) {
    return BY_NUMBER.get(number);
  }

  static <T> void set(SharedSocket socket, SocketOption<T> option, T value) throws IOException {
    if (option == StandardSocketOptions.SO_LINGER) {
      int seconds = Math.min((Integer) value, LINGER_MAX);
      socket.setOption(StandardSocketOptions.SO_LINGER, seconds);
      return;
    }
    socket.setOption(option, value);
    if (option == StandardSocketOptions.IP_TOS && socket.family() == Family.INET6) {
      // the option for IPv4 packets, which an IPv6 socket also sends
      socket.setOption("IP_TOS", value);
    }
  }

  static <T> T get(SharedSocket socket, SocketOption<T> option) throws IOException {
    T value = socket.getOption(option);
    if (option == StandardSocketOptions.SO_SNDBUF || option == StandardSocketOptions.SO_RCVBUF) {
      // Linux reports twice the value that was set
      return option.type().cast((Integer) value / 2);
    }
    return value;
  }

  /** The address as SO_BINDADDR returns it. */
  static InetAddress localHost(SharedSocket socket) throws IOException {
    return socket.localAddress() instanceof InetSocketAddress local
        ? local.getAddress()
        : new InetSocketAddress(0).getAddress();
  }

  static SocketException unknown(int number) {
    return new SocketException("there is no option 0x" + Integer.toHexString(number));
  }
}
