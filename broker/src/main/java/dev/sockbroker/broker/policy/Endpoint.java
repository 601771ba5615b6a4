package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.InetText;
import dev.sockbroker.text.InetLiterals;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Where a client wants to listen, bind or connect. It can stand for many addresses, because a
 * wildcard address listens at all of them and port 0 lets the kernel choose.
 */
public sealed interface Endpoint {
  /**
   * Internet addresses.
   *
   * @param networks the addresses; all of them must be allowed
   * @param alsoDenied further addresses that lead to the same place; none of them may be denied
   */
  record Inet(
      Transport transport,
      List<Network> networks,
      List<Network> alsoDenied,
      Ports ports,
      String text)
      implements Endpoint {
    @Override
    public String toString() {
      return text;
    }
  }

  /** A host name, which the broker resolves. */
  record Named(Transport transport, String host, int port) implements Endpoint {
    @Override
    public String toString() {
      return transport + ":" + host + ":" + port;
    }
  }

  /** The path of a Unix socket, or an abstract name that begins with an at sign. */
  record Unix(String path) implements Endpoint {
    @Override
    public String toString() {
      return "unix:" + path;
    }

    /**
     * Whether the path has a single spelling. A rule matches the text, so another spelling of a
     * path could evade a denial.
     */
    boolean isCanonical() {
      return path.startsWith("@")
          || path.startsWith("/")
              && !path.endsWith("/")
              && Arrays.stream(path.substring(1).split("/", -1))
                  .noneMatch(it -> it.isEmpty() || it.equals(".") || it.equals(".."));
    }

    @Override
    public Transport transport() {
      return Transport.UNIX;
    }
  }

  Transport transport();

  /**
   * An address of the broker's machine, to listen or bind at.
   *
   * @param ephemeral the ports from which the kernel chooses if the address has port 0
   * @throws IllegalArgumentException if the host is not a literal
   */
  static Endpoint local(Transport transport, Address address, Ports ephemeral) {
    if (address.path() != null) {
      return new Unix(address.path());
    }
    InetAddress host = literal(address);
    Ports ports = address.port() == 0 ? ephemeral : Ports.one(address.port());
    return new Inet(
        transport, Network.one(host).listening(), List.of(), ports, text(transport, host, address));
  }

  /** An address to connect to or to send to. The host is a literal or a name. */
  static Endpoint remote(Transport transport, Address address) {
    if (address.path() != null) {
      return new Unix(address.path());
    } else if (!isLiteral(address.host())) {
      return new Named(transport, HostNames.canonical(address.host()), address.port());
    }
    InetAddress host = literal(address);
    return new Inet(
        transport,
        List.of(Network.one(Reached.from(host))),
        Reached.alsoBy(host),
        Ports.one(address.port()),
        text(transport, host, address));
  }

  /**
   * Writes a mapped address as a rule does. Java's sockets are of IPv6 and use mapped addresses for
   * each connection of IPv4.
   */
  private static String text(Transport transport, InetAddress host, Address address) {
    boolean isMapped = host instanceof Inet4Address && address.host().indexOf(':') >= 0;
    Address shown =
        isMapped ? Address.inet(InetText.format(host.getAddress()), address.port()) : address;
    return transport + ":" + shown;
  }

  /** Whether a host is an address and not a name. The scope of an address does not count. */
  static boolean isLiteral(String host) {
    return InetLiterals.parse(withoutScope(host)) != null;
  }

  private static InetAddress literal(Address address) {
    byte[] bytes = InetLiterals.parse(withoutScope(address.host()));
    if (bytes == null) {
      throw new IllegalArgumentException("'" + address.host() + "' is not an address");
    }
    return Network.address(bytes);
  }

  private static String withoutScope(String host) {
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }
}
