package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.OptionKind.UNFIT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.protocol.InetText;
import dev.sockbroker.text.InetLiterals;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * The options for multicast groups and their interface (ip(7), ipv6(7)). Clients name an interface
 * by name or number.
 */
final class MulticastKinds {
  private static final String GROUP = "group";
  private static final String INTERFACE = "interface";
  private static final String ADDRESS = "address";

  // struct ip_mreqn
  private static final int MREQN_ADDRESS = 4;
  private static final int MREQN_INDEX = 8;
  private static final int MREQN_LENGTH = 12;
  // struct ipv6_mreq
  private static final int MREQ6_INDEX = 16;
  private static final int MREQ6_LENGTH = 20;

  /** IP_ADD_MEMBERSHIP and IP_DROP_MEMBERSHIP. */
  static final OptionKind GROUP4 =
      new OptionKind(
          "an object like {\"group\":\"239.1.2.3\",\"interface\":\"eth0\"}; instead of the"
              + " interface, \"address\" gives one of its addresses; without either, the kernel's"
              + " routes decide",
          0,
          MulticastKinds::writeGroup4,
          MulticastKinds::notReadable);

  /** IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP. */
  static final OptionKind GROUP6 =
      new OptionKind(
          "an object like {\"group\":\"ff02::1234\",\"interface\":\"eth0\"}",
          0,
          MulticastKinds::writeGroup6,
          MulticastKinds::notReadable);

  /** IP_MULTICAST_IF, for which the kernel returns only the address. */
  static final OptionKind INTERFACE4 =
      new OptionKind(
          "an object like {\"interface\":\"eth0\"} or {\"address\":\"192.0.2.1\"}",
          4,
          MulticastKinds::writeInterface4,
          (from, _) -> Map.of(ADDRESS, InetText.format(from.asSlice(0, 4).toArray(JAVA_BYTE))));

  /** IPV6_MULTICAST_IF. */
  static final OptionKind INTERFACE6 =
      new OptionKind(
          "an interface's name or number, 0 for the kernel's choice",
          Integer.BYTES,
          MulticastKinds::writeInterface6,
          (from, _) -> (long) from.get(JAVA_INT, 0));

  private MulticastKinds() {}

  private static int writeGroup4(Object value, MemorySegment into, NetworkInterfaces interfaces) {
    if (!(value instanceof Map<?, ?> request)
        || !writeAddress(request.get(GROUP), 4, into)
        || !writeMembershipInterface4(request, into, interfaces)) {
      return UNFIT;
    }
    return MREQN_LENGTH;
  }

  private static int writeInterface4(
      Object value, MemorySegment into, NetworkInterfaces interfaces) {
    into.asSlice(0, MREQN_ADDRESS).fill((byte) 0);
    if (!(value instanceof Map<?, ?> request)
        || !writeMembershipInterface4(request, into, interfaces)) {
      return UNFIT;
    }
    return MREQN_LENGTH;
  }

  private static boolean writeMembershipInterface4(
      Map<?, ?> request, MemorySegment into, NetworkInterfaces interfaces) {
    Object address = request.get(ADDRESS) == null ? "0.0.0.0" : request.get(ADDRESS);
    return writeAddress(address, 4, into.asSlice(MREQN_ADDRESS))
        && writeIndex(request.get(INTERFACE), into.asSlice(MREQN_INDEX), interfaces);
  }

  private static int writeGroup6(Object value, MemorySegment into, NetworkInterfaces interfaces) {
    if (!(value instanceof Map<?, ?> request)
        || !writeAddress(request.get(GROUP), 16, into)
        || !writeIndex(request.get(INTERFACE), into.asSlice(MREQ6_INDEX), interfaces)) {
      return UNFIT;
    }
    return MREQ6_LENGTH;
  }

  private static int writeInterface6(
      Object value, MemorySegment into, NetworkInterfaces interfaces) {
    return value != null && writeIndex(value, into, interfaces) ? Integer.BYTES : UNFIT;
  }

  private static boolean writeAddress(Object literal, int size, MemorySegment into) {
    byte[] address = literal instanceof String text ? InetLiterals.parse(text) : null;
    if (address == null || address.length != size) {
      return false;
    }
    MemorySegment.copy(address, 0, into, JAVA_BYTE, 0, size);
    return true;
  }

  /** Writes the index of an interface. Null is 0, the kernel's choice. */
  private static boolean writeIndex(Object name, MemorySegment into, NetworkInterfaces interfaces) {
    switch (name) {
      case null -> into.set(JAVA_INT, 0, 0);
      case String text -> into.set(JAVA_INT, 0, interfaces.index(text));
      case Long number when number >= 0 && number <= Integer.MAX_VALUE ->
          into.set(JAVA_INT, 0, number.intValue());
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Object notReadable(MemorySegment from, int length) {
    throw new IllegalStateException("a set-only option was read");
  }
}
