package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Maps {@link StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions} to the broker's
 * names. Every other {@link SocketOption} keeps its own name. The map uses names instead of
 * constants, so the program's runtime need not contain {@code jdk.net}.
 */
final class JdkOptions {
  /** Options whose JDK name differs from the kernel's, or that have two kernel names. */
  private static final Map<String, Names> NAMES =
      Map.of(
          "TCP_KEEPINTERVAL", new Names("TCP_KEEPINTVL", "TCP_KEEPINTVL"),
          "TCP_KEEPCOUNT", new Names("TCP_KEEPCNT", "TCP_KEEPCNT"),
          "IP_TOS", new Names("IP_TOS", "IPV6_TCLASS"),
          "IP_MULTICAST_IF", new Names("IP_MULTICAST_IF", "IPV6_MULTICAST_IF"),
          "IP_MULTICAST_TTL", new Names("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"),
          "IP_MULTICAST_LOOP", new Names("IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP"));

  private record Names(String inet, String inet6) {}

  private JdkOptions() {}

  static String kernelName(SocketOption<?> option, Family family) {
    Names names = NAMES.get(option.name());
    if (names == null) {
      return option.name();
    }
    return family == Family.INET6 ? names.inet6 : names.inet;
  }

  static Object toWire(SocketOption<?> option, Object value, Family family) {
    if (option == StandardSocketOptions.SO_LINGER) {
      int seconds = (Integer) value;
      return Map.of("on", seconds >= 0, "seconds", Math.max(0, seconds));
    }
    if (value instanceof NetworkInterface network) {
      return family == Family.INET6 ? network.getIndex() : multicastInterface(network);
    }
    return value;
  }

  /** Includes an address of the interface, because the kernel reads back nothing else. */
  private static Map<String, Object> multicastInterface(NetworkInterface network) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("interface", network.getIndex());
    network
        .inetAddresses()
        .filter(Inet4Address.class::isInstance)
        .findFirst()
        .ifPresent(address -> value.put("address", address.getHostAddress()));
    return value;
  }

  /** Converts the kernel's value to the option's type. */
  static <T> T toJdk(SocketOption<T> option, Object value) throws SocketException {
    Object converted = value;
    if (option == StandardSocketOptions.SO_LINGER && value instanceof Map<?, ?> linger) {
      boolean on = Boolean.TRUE.equals(linger.get("on"));
      converted = on && linger.get("seconds") instanceof Number number ? number.intValue() : -1;
    } else if (option.type() == NetworkInterface.class) {
      converted = toInterface(value);
    } else if (option.type() == Integer.class && value instanceof Number number) {
      converted = number.intValue();
    } else if (option.type() == Boolean.class && value instanceof Number number) {
      converted = number.longValue() != 0;
    }
    if (converted != null && !option.type().isInstance(converted)) {
      String kind = option.type().getSimpleName();
      throw new SocketException(option.name() + " is " + value + " (expected: " + kind + ")");
    }
    return option.type().cast(converted);
  }

  /** As in the JDK, null means that the kernel chooses. */
  private static Object toInterface(Object value) throws SocketException {
    if (value instanceof Number index) {
      return index.intValue() == 0 ? null : NetworkInterface.getByIndex(index.intValue());
    }
    if (!(value instanceof Map<?, ?> map) || !(map.get("address") instanceof String literal)) {
      return value;
    }
    try {
      InetAddress address = InetAddress.getByName(literal);
      return address.isAnyLocalAddress() ? null : NetworkInterface.getByInetAddress(address);
    } catch (UnknownHostException e) {
      throw new SocketException("the interface's address is " + literal);
    }
  }
}
