package dev.sockbroker.protocol;

/**
 * The address of a socket: either {@code host} (a literal, {@code fe80::1%eth0} with a scope) and
 * {@code port}, or {@code path}. A path that begins with {@code @} is a name of Linux's abstract
 * namespace (unix(7)); the empty path is the address of an unnamed Unix socket.
 *
 * @param host an IPv4 or IPv6 literal; the broker resolves no names
 * @param port 0 to 65535; 0 lets the kernel choose
 * @param path at most 107 bytes of UTF-8
 */
public record Address(String host, Integer port, String path) {
  public Address {
    if ((path == null) == (host == null) || (path != null && port != null)) {
      throw new InvalidMessageException("an address has either a host and a port, or a path");
    }
    if (host != null && (port == null || port < 0 || port > 65535)) {
      throw new InvalidMessageException("port " + port + " is not between 0 and 65535");
    }
  }

  public static Address inet(String host, int port) {
    return new Address(host, port, null);
  }

  public static Address unix(String path) {
    return new Address(null, null, path);
  }

  /**
   * As people write it: {@code 127.0.0.1:80}, {@code [::1]:80}, {@code /run/x.sock}. However the
   * host was spelled, an IPv6 one is in the form of RFC 5952.
   */
  @Override
  public String toString() {
    if (path != null) {
      return path;
    }
    return host.indexOf(':') >= 0
        ? "[" + InetText.canonical(host) + "]:" + port
        : host + ":" + port;
  }
}
