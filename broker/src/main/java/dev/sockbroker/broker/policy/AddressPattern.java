package dev.sockbroker.broker.policy;

import dev.sockbroker.text.Characters;
import java.util.List;

/** The addresses that a rule names: {@code tcp:10.0.0.0/8:5432}, {@code unix:/run/web/*}. */
sealed interface AddressPattern {
  Transport transport();

  /** Whether a rule with this pattern allows all of an endpoint. */
  boolean covers(Endpoint endpoint);

  /** Whether a denial with this pattern concerns any part of an endpoint. */
  boolean overlaps(Endpoint endpoint);

  /** How much of an endpoint the pattern matches, to find the closest rule: 0 for nothing. */
  int closeness(Endpoint endpoint);

  /**
   * Internet addresses.
   *
   * @param host the name of a host; null if networks say it
   * @param networks empty if {@code host} says it
   */
  record Inet(Transport transport, String host, List<Network> networks, Ports ports, String text)
      implements AddressPattern {
    @Override
    public boolean covers(Endpoint endpoint) {
      return transport == endpoint.transport()
          && switch (endpoint) {
            case Endpoint.Inet it -> ports.covers(it.ports()) && coversAll(it.networks());
            case Endpoint.Named it -> ports.covers(Ports.one(it.port())) && isHost(it.host());
            case Endpoint.Unix _ -> false;
          };
    }

    private boolean coversAll(List<Network> wanted) {
      for (Network it : wanted) {
        if (!covers(it)) {
          return false;
        }
      }
      return true;
    }

    private boolean covers(Network wanted) {
      for (Network it : networks) {
        if (it.covers(wanted)) {
          return true;
        }
      }
      return false;
    }

    /** Only a pattern for all hosts matches a name that it does not contain. */
    private boolean isHost(String name) {
      return host == null ? isEveryHost() : host.equals(name);
    }

    private boolean isEveryHost() {
      return networks.size() == 2;
    }

    @Override
    public boolean overlaps(Endpoint endpoint) {
      return transport == endpoint.transport()
          && switch (endpoint) {
            case Endpoint.Inet it ->
                ports.overlaps(it.ports())
                    && (overlapsAny(it.networks()) || overlapsAny(it.alsoDenied()));
            case Endpoint.Named it -> ports.covers(Ports.one(it.port())) && isHost(it.host());
            case Endpoint.Unix _ -> false;
          };
    }

    private boolean overlapsAny(List<Network> wanted) {
      for (Network it : networks) {
        for (Network other : wanted) {
          if (it.overlaps(other)) {
            return true;
          }
        }
      }
      return false;
    }

    @Override
    public int closeness(Endpoint endpoint) {
      if (transport != endpoint.transport()) {
        return 0;
      }
      return switch (endpoint) {
        case Endpoint.Inet it ->
            1 + (ports.covers(it.ports()) ? 1 : 0) + (coversAll(it.networks()) ? 1 : 0);
        case Endpoint.Named it ->
            1 + (ports.covers(Ports.one(it.port())) ? 1 : 0) + (isHost(it.host()) ? 1 : 0);
        case Endpoint.Unix _ -> 0;
      };
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Paths or abstract names of Unix sockets. */
  record Unix(Glob path) implements AddressPattern {
    @Override
    public Transport transport() {
      return Transport.UNIX;
    }

    @Override
    public boolean covers(Endpoint endpoint) {
      return endpoint instanceof Endpoint.Unix it && it.isCanonical() && path.matches(it.path());
    }

    @Override
    public boolean overlaps(Endpoint endpoint) {
      return endpoint instanceof Endpoint.Unix it && path.matches(it.path());
    }

    @Override
    public int closeness(Endpoint endpoint) {
      return endpoint instanceof Endpoint.Unix ? 1 : 0;
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * Reads {@code tcp:HOST:PORT}, {@code udp:HOST:PORT}, {@code unix:/path} or {@code unix:@name}.
   *
   * @param remote whether it is for connecting; then HOST may be a host name
   * @throws IllegalArgumentException with the reason
   */
  static AddressPattern parse(String text, boolean remote) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    return switch (kind) {
      case "tcp" -> inet(Transport.TCP, rest, text, remote);
      case "udp" -> inet(Transport.UDP, rest, text, remote);
      case "unix" -> unix(rest, text);
      default ->
          throw new IllegalArgumentException(
              "'"
                  + text
                  + "' is not an address (expected: tcp:HOST:PORT, udp:HOST:PORT, unix:/PATH"
                  + " or unix:@NAME)");
    };
  }

  private static AddressPattern unix(String path, String text) {
    if (!new Endpoint.Unix(path).isCanonical()) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not an absolute path without '.', '..' and empty parts, and not an"
              + " abstract name (@NAME)");
    }
    if (path.contains("**")) {
      throw new IllegalArgumentException("'" + text + "': a star stays in its directory, also **");
    }
    return new Unix(path.startsWith("@") ? Glob.of(path) : Glob.ofPath(path));
  }

  private static AddressPattern inet(
      Transport transport, String rest, String text, boolean remote) {
    int colon = rest.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("'" + text + "' has no port (expected: KIND:HOST:PORT)");
    }
    Ports ports = Ports.parse(rest.substring(colon + 1));
    String host = rest.substring(0, colon);
    if (host.equals("*")) {
      return new Inet(transport, null, List.of(Network.ALL_FOUR, Network.ALL_SIX), ports, text);
    } else if (host.startsWith("[") && host.endsWith("]")) {
      return ofNetwork(transport, host.substring(1, host.length() - 1), ports, text, remote);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("'" + text + "': an IPv6 address needs brackets");
    } else if (isNumeric(host)) {
      return ofNetwork(transport, host, ports, text, remote);
    } else if (!remote) {
      throw new IllegalArgumentException(
          "'" + text + "': '" + host + "' is not an address; only connect takes host names");
    }
    return new Inet(transport, HostNames.canonical(host), List.of(), ports, text);
  }

  private static boolean isNumeric(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (!Characters.isDigit(c) && c != '.' && c != '/') {
        return false;
      }
    }
    return true;
  }

  private static AddressPattern ofNetwork(
      Transport transport, String host, Ports ports, String text, boolean remote) {
    Network network = Network.parse(host);
    if (!network.isWildcard()) {
      return new Inet(transport, null, List.of(network), ports, text);
    } else if (remote) {
      throw new IllegalArgumentException(
          "'" + text + "': " + host + " is no destination; every host is *");
    }
    return new Inet(transport, null, network.listening(), ports, text);
  }
}
