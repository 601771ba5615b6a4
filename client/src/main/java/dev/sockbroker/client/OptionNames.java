package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;

/**
 * {@link StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions} as the kernel calls them.
 * Every other {@link SocketOption} goes by its own name. By name and not by constant, so that no
 * {@code jdk.net} has to be in the program's runtime.
 */
final class OptionNames {
  /** Where the JDK's name is not the kernel's, or the kernel has two. */
  private static final Map<String, Names> TABLE =
      Map.of(
          "TCP_KEEPINTERVAL", new Names("TCP_KEEPINTVL", "TCP_KEEPINTVL"),
          "TCP_KEEPCOUNT", new Names("TCP_KEEPCNT", "TCP_KEEPCNT"),
          "IP_TOS", new Names("IP_TOS", "IPV6_TCLASS"),
          "IP_MULTICAST_IF", new Names("IP_MULTICAST_IF", "IPV6_MULTICAST_IF"),
          "IP_MULTICAST_TTL", new Names("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"),
          "IP_MULTICAST_LOOP", new Names("IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP"));

  private record Names(String inet, String inet6) {}

  private OptionNames() {}

  static String kernelName(SocketOption<?> option, Family family) {
    Names names = TABLE.get(option.name());
    if (names == null) {
      return option.name();
    }
    return family == Family.INET6 ? names.inet6 : names.inet;
  }

  /** The JDK's value as the protocol has it: a number, true or false, a text. */
  static Object toWire(SocketOption<?> option, Object value) {
    if (value instanceof NetworkInterface network) {
      return network.getIndex();
    }
    return value instanceof Enum<?> constant ? constant.name() : value;
  }

  /** The kernel's value as the option's type has it. */
  static <T> T toJdk(SocketOption<T> option, Object value) throws SocketException {
    Class<T> type = option.type();
    Object converted = value;
    if (type == Integer.class && value instanceof Number number) {
      converted = number.intValue();
    } else if (type == Boolean.class && value instanceof Number number) {
      converted = number.longValue() != 0;
    } else if (type == NetworkInterface.class && value instanceof Number index) {
      converted = index.intValue() == 0 ? null : NetworkInterface.getByIndex(index.intValue());
    }
    if (converted != null && !type.isInstance(converted)) {
      throw new SocketException(
          option.name() + " is " + value + " (expected: a value of " + type.getSimpleName() + ")");
    }
    return type.cast(converted);
  }
}
