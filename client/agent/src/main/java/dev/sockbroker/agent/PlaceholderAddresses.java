package dev.sockbroker.agent;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Addresses that stand for host names which the broker resolves: programs want an address before
 * they connect. They are of 240.0.0.0/4 (reserved) and of 100::/64 (for discarding), to which
 * nothing else connects. Any thread may call any method.
 */
final class PlaceholderAddresses {
  /** Those of the names that were looked up last are known. A JVM remembers a lookup for 30 s. */
  static final int NAMES_MAX = 65_536;

  private static final int FIRST_IPV4 = 0xF000_0001;
  private static final int COUNT = 1 << 27;
  private static final long PREFIX_IPV6 = 0x0100L << 48;
  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  /** The numbers of the names. The name that was not looked up for the longest time is first. */
  private final Map<String, Integer> numbers = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<Integer, String> names = new HashMap<>();
  private int next;

  /** The address of a name. */
  InetAddress of(String name, boolean isIpv4) {
    int number = number(name);
    byte[] address =
        isIpv4
            ? ByteBuffer.allocate(IPV4_BYTES).putInt(FIRST_IPV4 + number).array()
            : ByteBuffer.allocate(IPV6_BYTES).putLong(PREFIX_IPV6).putLong(number).array();
    try {
      return InetAddress.getByAddress(name, address);
    } catch (UnknownHostException e) {
      throw new AssertionError("the address has the right length", e);
    }
  }

  private synchronized int number(String name) {
    Integer known = numbers.get(name);
    if (known != null) {
      return known;
    }
    int number = next;
    next = (next + 1) % COUNT;
    numbers.put(name, number);
    names.put(number, name);
    if (numbers.size() > NAMES_MAX) {
      String oldest = numbers.keySet().iterator().next();
      names.remove(numbers.remove(oldest));
    }
    return number;
  }

  /**
   * The name that an address stands for.
   *
   * @param address of 4 or 16 bytes
   * @return null if it stands for none
   */
  synchronized String nameOf(byte[] address) {
    ByteBuffer bytes = ByteBuffer.wrap(address);
    if (address.length == IPV4_BYTES) {
      return names.get(bytes.getInt() - FIRST_IPV4);
    }
    long prefix = bytes.getLong();
    long number = bytes.getLong();
    return prefix == PREFIX_IPV6 && number < COUNT ? names.get((int) number) : null;
  }
}
