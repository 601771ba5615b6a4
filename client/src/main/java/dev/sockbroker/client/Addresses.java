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

/** Converts between the JDK's addresses and the protocol's. */
final class Addresses {
  private Addresses() {}

  /**
   * Resolves the host name if the address has one, because the broker does not resolve names.
   *
   * @throws UnknownHostException if the host name cannot be resolved
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

  /**
   * Makes the path absolute, because the broker has another working directory. {@code @name} stays.
   */
  static Address unix(String path) {
    boolean asIs = path.isEmpty() || path.startsWith("@");
    return Address.unix(asIs ? path : Path.of(path).toAbsolutePath().toString());
  }

  /**
   * Like {@link #of(SocketAddress)}, for a socket of that family. An IPv6 socket reaches IPv4
   * through mapped addresses, as the JDK's own sockets do.
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

  /** The text for a message. The JDK's own text does not shorten IPv6 addresses. */
  static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet && !inet.isUnresolved()
        ? Address.inet(literal(inet.getAddress()), inet.getPort()).toString()
        : String.valueOf(address);
  }

  /** Whether a host is an address and not a name. */
  static boolean isLiteral(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
  }

  static boolean isInet6(Address address) {
    return address.host() != null && address.host().indexOf(':') >= 0;
  }

  /** Returns null for null, and for a Unix name that is not a valid path in Java. */
  static SocketAddress toJdk(Address address) {
    if (address == null) {
      return null;
    }
    if (address.path() != null) {
      return unixToJdk(address.path());
    }
    try {
      // a literal, so nothing is looked up
      return new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
    } catch (UnknownHostException e) {
      return withoutScope(address);
    }
  }

  /**
   * An abstract name may contain any bytes. Which bytes a path may contain depends on the locale.
   */
  private static SocketAddress unixToJdk(String path) {
    try {
      return UnixDomainSocketAddress.of(path);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /**
   * Drops the scope if it names an interface of another network namespace, unknown to this process.
   */
  private static SocketAddress withoutScope(Address address) {
    String host = address.host();
    int scope = host.indexOf('%');
    if (scope < 0) {
      throw new IllegalArgumentException("the broker's address " + address + " is not a literal");
    }
    return toJdk(Address.inet(host.substring(0, scope), address.port()));
  }
}
