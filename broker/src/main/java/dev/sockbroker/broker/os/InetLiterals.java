package dev.sockbroker.broker.os;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.regex.Pattern;

/** IPv4 and IPv6 addresses as bytes and as text; no name is ever resolved. */
final class InetLiterals {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final int MAPPED_PREFIX = 12;

  private InetLiterals() {}

  /**
   * @return 4 or 16 bytes, null if the text is neither an IPv4 nor an IPv6 literal
   */
  static byte[] parse(String literal) {
    // The JDK also takes 127.1 and [::1], which are no literals of inet_pton(3).
    try {
      if (IPV4.matcher(literal).matches()) {
        return Inet4Address.ofLiteral(literal).getAddress();
      }
      if (IPV6.matcher(literal).matches()) {
        byte[] address = Inet6Address.ofLiteral(literal).getAddress();
        return address.length == 16 ? address : mapped(address);
      }
      return null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** {@code ::ffff:a.b.c.d}, by which an IPv6 socket speaks IPv4 (ipv6(7)). */
  static byte[] mapped(byte[] ipv4) {
    byte[] address = new byte[16];
    address[10] = (byte) 0xff;
    address[11] = (byte) 0xff;
    System.arraycopy(ipv4, 0, address, MAPPED_PREFIX, 4);
    return address;
  }

  /**
   * @param address 4 or 16 bytes
   */
  static String format(byte[] address) {
    if (address.length == 4) {
      return dotted(address, 0);
    }
    return isMapped(address) ? "::ffff:" + dotted(address, MAPPED_PREFIX) : groups(address);
  }

  private static boolean isMapped(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == -1 && address[11] == -1;
  }

  private static String dotted(byte[] address, int at) {
    return (address[at] & 0xff)
        + "."
        + (address[at + 1] & 0xff)
        + "."
        + (address[at + 2] & 0xff)
        + "."
        + (address[at + 3] & 0xff);
  }

  /** The shortest form, as RFC 5952 wants it: the first longest run of zeros becomes "::". */
  private static String groups(byte[] address) {
    int runStart = -1;
    int runLength = 1;
    for (int start = 0; start < 8; start++) {
      int end = start;
      while (end < 8 && group(address, end) == 0) {
        end++;
      }
      if (end - start > runLength) {
        runStart = start;
        runLength = end - start;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(group(address, i)));
    }
    return text.toString();
  }

  private static int group(byte[] address, int index) {
    return (address[2 * index] & 0xff) << 8 | address[2 * index + 1] & 0xff;
  }
}
