package dev.sockbroker.protocol;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * IPv4 and IPv6 addresses as text. IPv6 addresses have the form of RFC 5952: {@code fe80::1%eth0}.
 */
public final class InetText {
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final int MAPPED_PREFIX = 12;
  private static final String MAPPED = "::ffff:";

  private InetText() {}

  /**
   * Converts an IPv6 literal to the form of RFC 5952 and keeps its scope. It returns any other text
   * unchanged and never looks up a name.
   */
  public static String canonical(String host) {
    int scope = host.indexOf('%');
    String literal = scope < 0 ? host : host.substring(0, scope);
    if (!IPV6.matcher(literal).matches()) {
      return host;
    }
    try {
      // the JDK does not look up a name in brackets
      byte[] address = InetAddress.getByName("[" + literal + "]").getAddress();
      String text = address.length == 16 ? format(address) : MAPPED + format(address);
      return scope < 0 ? text : text + host.substring(scope);
    } catch (UnknownHostException e) {
      return host;
    }
  }

  /**
   * @param address 4 or 16 bytes
   */
  public static String format(byte[] address) {
    if (address.length == 4) {
      return dotted(address, 0);
    }
    return isMapped(address) ? MAPPED + dotted(address, MAPPED_PREFIX) : groups(address);
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

  /**
   * Returns the shortest form of RFC 5952, in which "::" replaces the first longest run of zeros.
   */
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
