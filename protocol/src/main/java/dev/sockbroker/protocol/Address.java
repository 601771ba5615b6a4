package dev.sockbroker.protocol;

/**
 * The address of a socket. It has either a {@code host} (a literal, with a scope in {@code
 * fe80::1%eth0}) and a {@code port}, or a {@code path}. A path that begins with {@code @} is a name
 * in Linux's abstract namespace (unix(7)). The empty path is the address of an unnamed Unix socket.
 *
 * @param host an IPv4 or IPv6 literal; where a request connects, also a host name, which the broker
 *     resolves (rule 81)
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
   * Returns the usual notation: {@code 127.0.0.1:80}, {@code [::1]:80}, {@code /run/x.sock}. An
   * IPv6 host is in the form of RFC 5952, however it was written.
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
