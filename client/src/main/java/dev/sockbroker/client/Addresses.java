package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.InetText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The JDK's addresses and the protocol's. */
final class Addresses {
  private Addresses() {}

  /**
   * Looks a name up if the address has one: the broker resolves none.
   *
   * @throws UnknownHostException if nobody knows the name
   */
  static Address of(SocketAddress address) throws UnknownHostException {
    if (address instanceof UnixDomainSocketAddress unix) {
      return unix(unix.getPath().toString());
    }
    if (address instanceof InetSocketAddress inet) {
      InetAddress host =
          inet.isUnresolved() ? InetAddress.getByName(inet.getHostString()) : inet.getAddress();
      return Address.inet(literal(host), inet.getPort());
    }
    throw new IllegalArgumentException(
        "address: " + address + " (expected: an InetSocketAddress or UnixDomainSocketAddress)");
  }

  /** Made absolute, since the broker has another working directory; {@code @name} stays. */
  static Address unix(String path) {
    boolean asIs = path.isEmpty() || path.startsWith("@");
    return Address.unix(asIs ? path : Path.of(path).toAbsolutePath().toString());
  }

  /**
   * As {@link #of(SocketAddress)}, for a socket of that family: an IPv6 one reaches IPv4 by mapped
   * addresses, as the JDK's own do.
   */
  static Address of(SocketAddress address, Family family) throws UnknownHostException {
    Address plain = of(address);
    if (family != Family.INET6 || plain.host() == null || isInet6(plain)) {
      return plain;
    }
    String host = plain.host().equals("0.0.0.0") ? "::" : "::ffff:" + plain.host();
    return Address.inet(host, plain.port());
  }

  static String literal(InetAddress host) {
    return InetText.canonical(host.getHostAddress());
  }

  static boolean isInet6(Address address) {
    return address.host() != null && address.host().indexOf(':') >= 0;
  }

  /** Null for none, and for a Unix name that Java has no path for. */
  static SocketAddress toJdk(Address address) {
    if (address == null) {
      return null;
    }
    if (address.path() != null) {
      return unixToJdk(address.path());
    }
    try {
      // a literal: nothing is looked up
      return new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
    } catch (UnknownHostException e) {
      return withoutScope(address);
    }
  }

  /** An abstract name may have any bytes, and what a path may have depends on the locale. */
  private static SocketAddress unixToJdk(String path) {
    try {
      return UnixDomainSocketAddress.of(path);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** The scope names an interface that this process does not see, in a network of its own. */
  private static SocketAddress withoutScope(Address address) {
    String host = address.host();
    int scope = host.indexOf('%');
    if (scope < 0) {
      throw new IllegalArgumentException("the broker's address " + address + " is no literal");
    }
    return toJdk(Address.inet(host.substring(0, scope), address.port()));
  }
}
