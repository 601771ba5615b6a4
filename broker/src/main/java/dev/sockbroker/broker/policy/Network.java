package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.InetText;
import dev.sockbroker.text.Characters;
import dev.sockbroker.text.InetLiterals;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * The addresses of one family that share a prefix (CIDR).
 *
 * @param base an address in it
 * @param prefix how many leading bits they share
 */
record Network(InetAddress base, int prefix) {
  /** All IPv4 addresses. */
  static final Network ALL_FOUR = new Network(address(new byte[4]), 0);

  /** All IPv6 addresses. */
  static final Network ALL_SIX = new Network(address(new byte[16]), 0);

  static Network one(InetAddress address) {
    return new Network(address, address.getAddress().length * Byte.SIZE);
  }

  /**
   * Reads an address, or an address and a prefix: {@code 10.0.0.0/8}. A mapped address ({@code
   * ::ffff:10.0.0.1}) is one of IPv4.
   *
   * @throws IllegalArgumentException for anything else, and for an address with bits behind its
   *     prefix, which is likely a mistake
   */
  static Network parse(String text) {
    int slash = text.indexOf('/');
    byte[] bytes = InetLiterals.parse(slash < 0 ? text : text.substring(0, slash));
    if (bytes == null) {
      throw new IllegalArgumentException("'" + text + "' is not an address or a network");
    }
    InetAddress base = address(bytes);
    if (slash < 0) {
      return one(base);
    }
    int bits = base.getAddress().length * Byte.SIZE;
    String number = text.substring(slash + 1);
    int prefix = isPrefix(number) ? Integer.parseInt(number) : -1;
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a network (expected: a prefix of 0 to " + bits + " bits)");
    }
    Network network = new Network(base, prefix);
    if (!Arrays.equals(network.masked(base), base.getAddress())) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' has bits behind its prefix; the network is "
              + new Network(address(network.masked(base)), prefix).text());
    }
    return network;
  }

  private static boolean isPrefix(String number) {
    return !number.isEmpty() && number.length() <= 3 && Characters.areDigits(number);
  }

  /** Returns the address with these 4 or 16 bytes: one of IPv4 for the mapped form. */
  static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private byte[] masked(InetAddress address) {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int bits = Math.clamp(prefix - (long) i * Byte.SIZE, 0, Byte.SIZE);
      bytes[i] &= (byte) (0xff << (Byte.SIZE - bits));
    }
    return bytes;
  }

  private boolean contains(InetAddress address) {
    byte[] mine = base.getAddress();
    byte[] its = address.getAddress();
    if (mine.length != its.length) {
      return false;
    }
    int whole = prefix / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (mine[i] != its[i]) {
        return false;
      }
    }
    int rest = prefix % Byte.SIZE;
    return rest == 0 || (mine[whole] ^ its[whole]) >> (Byte.SIZE - rest) == 0;
  }

  boolean covers(Network other) {
    return prefix <= other.prefix && contains(other.base);
  }

  boolean overlaps(Network other) {
    return covers(other) || other.covers(this);
  }

  /** Whether this is the single address with which a program listens at all its addresses. */
  boolean isWildcard() {
    return isOne() && base.isAnyLocalAddress();
  }

  /** Returns the addresses at which a program listens with this one. {@code ::} includes IPv4. */
  List<Network> listening() {
    if (!isWildcard()) {
      return List.of(this);
    }
    return base instanceof Inet4Address ? List.of(ALL_FOUR) : List.of(ALL_FOUR, ALL_SIX);
  }

  /** Whether this is a single address. */
  boolean isOne() {
    return prefix == base.getAddress().length * Byte.SIZE;
  }

  private String text() {
    String host = InetText.format(base.getAddress());
    return isOne() ? host : host + "/" + prefix;
  }

  @Override
  public String toString() {
    return base instanceof Inet4Address ? text() : "[" + text() + "]";
  }
}
