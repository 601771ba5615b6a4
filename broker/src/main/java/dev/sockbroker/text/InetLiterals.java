package dev.sockbroker.text;

import dev.sockbroker.protocol.InetText;
import java.net.Inet4Address;
import java.net.Inet6Address;

/**
 * Parses IPv4 and IPv6 addresses and never resolves a name. {@link InetText} formats them. Whoever
 * compares addresses uses this class, so that one text never means two addresses.
 */
public final class InetLiterals {
  private static final int MAPPED_PREFIX = 12;

  private InetLiterals() {}

  /**
   * @return 4 or 16 bytes, or null if the text is neither an IPv4 nor an IPv6 literal
   */
  public static byte[] parse(String literal) {
    // The JDK also accepts 127.1 and [::1], which inet_pton(3) rejects.
    try {
      if (isDotted(literal)) {
        return Inet4Address.ofLiteral(literal).getAddress();
      }
      if (literal.indexOf(':') >= 0 && Characters.areAll(literal, InetLiterals::isOfIpv6)) {
        byte[] address = Inet6Address.ofLiteral(literal).getAddress();
        return address.length == 16 ? address : mapped(address);
      }
      return null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether it has the form of {@code a.b.c.d}. */
  private static boolean isDotted(String text) {
    int dots = 0;
    int digits = 0;
    for (int i = 0; i < text.length(); i++) {
      if (Characters.isDigit(text.charAt(i))) {
        digits++;
      } else if (text.charAt(i) == '.' && digits > 0) {
        dots++;
        digits = 0;
      } else {
        return false;
      }
      if (digits > 3) {
        return false;
      }
    }
    return dots == 3 && digits > 0;
  }

  private static boolean isOfIpv6(int c) {
    return Characters.isHexDigit(c) || c == ':' || c == '.';
  }

  /** Returns {@code ::ffff:a.b.c.d}, with which an IPv6 socket uses IPv4 (ipv6(7)). */
  public static byte[] mapped(byte[] ipv4) {
    byte[] address = new byte[16];
    address[10] = (byte) 0xff;
    address[11] = (byte) 0xff;
    System.arraycopy(ipv4, 0, address, MAPPED_PREFIX, 4);
    return address;
  }
}
