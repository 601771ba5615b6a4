package dev.sockbroker.broker.policy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Where a connection really goes. Some destinations have several addresses, and a denial of one of
 * them must not be evaded with another.
 */
final class Reached {
  private static final InetAddress LOOPBACK_FOUR = Network.address(new byte[] {127, 0, 0, 1});
  private static final InetAddress LOOPBACK_SIX = loopbackSix();

  /** The well-known prefix of addresses that a NAT64 translates to IPv4 (RFC 6052). */
  private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

  /** The local-use prefix for NAT64 (RFC 8215). The operator chooses the prefix length. */
  private static final byte[] LOCAL_NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 1};

  /** Where the IPv4 address is for prefixes of 48, 56, 64 and 96 bits (RFC 6052, section 2.2). */
  private static final int[][] LOCAL_NAT64_FOUR = {
    {6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}, {12, 13, 14, 15}
  };

  private Reached() {}

  private static InetAddress loopbackSix() {
    byte[] bytes = new byte[16];
    bytes[15] = 1;
    return Network.address(bytes);
  }

  /** For Linux the wildcard address as a destination is the machine itself: ip(7). */
  static InetAddress from(InetAddress host) {
    if (!host.isAnyLocalAddress()) {
      return host;
    }
    return host instanceof Inet4Address ? LOOPBACK_FOUR : LOOPBACK_SIX;
  }

  /** Other addresses of the same destination. */
  static List<Network> alsoBy(InetAddress host) {
    InetAddress reached = from(host);
    if (reached.equals(LOOPBACK_SIX)) {
      return List.of(Network.one(LOOPBACK_FOUR));
    }
    byte[] bytes = reached.getAddress();
    if (bytes.length == 16 && startsWith(bytes, NAT64)) {
      byte[] four = Arrays.copyOfRange(bytes, NAT64.length, bytes.length);
      return List.of(Network.one(Network.address(four)));
    }
    if (bytes.length == 16 && startsWith(bytes, LOCAL_NAT64)) {
      return Arrays.stream(LOCAL_NAT64_FOUR).map(places -> four(bytes, places)).toList();
    }
    return List.of();
  }

  private static boolean startsWith(byte[] address, byte[] prefix) {
    return Arrays.equals(address, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static Network four(byte[] six, int[] places) {
    byte[] four = new byte[places.length];
    for (int i = 0; i < places.length; i++) {
      four[i] = six[places[i]];
    }
    return Network.one(Network.address(four));
  }
}
