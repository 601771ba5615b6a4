package dev.sockbroker.text;

import dev.sockbroker.protocol.InetText;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.regex.Pattern;

/**
 * Parses IPv4 and IPv6 addresses and never resolves a name. {@link InetText} formats them. Whoever
 * compares addresses uses this class, so that one text never means two addresses.
 */
public final class InetLiterals {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final int MAPPED_PREFIX = 12;

  private InetLiterals() {}

  /**
   * @return 4 or 16 bytes, or null if the text is neither an IPv4 nor an IPv6 literal
   */
  public static byte[] parse(String literal) {
    // The JDK also accepts 127.1 and [::1], which inet_pton(3) rejects.
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

  /** Returns {@code ::ffff:a.b.c.d}, with which an IPv6 socket uses IPv4 (ipv6(7)). */
  public static byte[] mapped(byte[] ipv4) {
    byte[] address = new byte[16];
    address[10] = (byte) 0xff;
    address[11] = (byte) 0xff;
    System.arraycopy(ipv4, 0, address, MAPPED_PREFIX, 4);
    return address;
  }
}
