package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.net.InetAddress;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What socket is wanted: kind and address, and a name if other processes shall join it. Immutable:
 * each {@code with}-like method answers a changed copy.
 *
 * <p>As text it is what socat's users know, on the command line, in configuration, by {@link
 * #parse} and {@link #toString}:
 *
 * <pre>
 *   tcp-listen:HOST:PORT  tcp:HOST:PORT  udp:HOST:PORT  udp-connect:HOST:PORT
 *   unix-listen:PATH      unix:PATH      unix-dgram:PATH  unix-dgram-connect:PATH
 * </pre>
 *
 * IPv6 literals stand in brackets; port 0 lets the kernel choose; {@code tcp-listen:PORT} and
 * {@code udp:PORT} are on all addresses of both IP versions; a path that begins with {@code @} is a
 * name in Linux's abstract namespace.
 */
public final class SocketSpec {
  /** The wait queue of a listener if nothing is said; the kernel caps it at somaxconn. */
  public static final int BACKLOG = 4096;

  /** All addresses: an IPv6 socket that takes IPv4 too. */
  static final String EVERYWHERE = "::";

  /** The kinds, and how each is written. */
  public enum Kind {
    TCP_LISTEN,
    TCP,
    UDP,
    UDP_CONNECT,
    UNIX_LISTEN,
    UNIX,
    UNIX_DGRAM,
    UNIX_DGRAM_CONNECT;

    /** As the text begins: {@code tcp-listen}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public boolean isUnix() {
      return name().startsWith("UNIX");
    }

    boolean isListener() {
      return this == TCP_LISTEN || this == UNIX_LISTEN;
    }

    boolean isDatagram() {
      return this == UDP || this == UDP_CONNECT || this == UNIX_DGRAM || this == UNIX_DGRAM_CONNECT;
    }

    boolean connects() {
      return this == TCP || this == UDP_CONNECT || this == UNIX || this == UNIX_DGRAM_CONNECT;
    }
  }

  /**
   * A spec as the protocol has it, its host looked up.
   *
   * @param open what to send first
   * @param connect where to connect then if a new socket was made, or null
   */
  public record Requests(Request.Open open, Address connect) {}

  private final Kind kind;
  private final String host;
  private final int port;
  private final String path;
  private final Naming naming;
  private final int backlog;
  private final Map<String, Object> options;

  /** What makes a socket one that others join. */
  private record Naming(
      String name, Duration retain, Rights join, Rights others, boolean joinOthers) {
    static final Naming NONE = new Naming(null, Duration.ZERO, null, null, false);
  }

  private SocketSpec(
      Kind kind,
      String host,
      int port,
      String path,
      Naming naming,
      int backlog,
      Map<String, Object> options) {
    this.kind = kind;
    this.host = host;
    this.port = port;
    this.path = path;
    this.naming = naming;
    this.backlog = backlog;
    this.options = options;
  }

  private static SocketSpec inet(Kind kind, String host, int port) {
    Objects.requireNonNull(host, "host");
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
    }
    return new SocketSpec(kind, host, port, null, Naming.NONE, BACKLOG, Map.of());
  }

  private static SocketSpec unix(Kind kind, String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("the path is empty");
    }
    return new SocketSpec(kind, null, 0, path, Naming.NONE, BACKLOG, Map.of());
  }

  /** A TCP listener on all addresses of both IP versions. */
  public static SocketSpec tcpListen(int port) {
    return tcpListen(EVERYWHERE, port);
  }

  /**
   * A TCP listener. SO_REUSEADDR is set, as by every server: else a restart waits for old
   * connections to be forgotten.
   */
  public static SocketSpec tcpListen(String host, int port) {
    return inet(Kind.TCP_LISTEN, host, port);
  }

  /** A TCP connection. */
  public static SocketSpec tcp(String host, int port) {
    return inet(Kind.TCP, host, port);
  }

  /** A UDP socket on all addresses of both IP versions. */
  public static SocketSpec udp(int port) {
    return udp(EVERYWHERE, port);
  }

  /** A bound UDP socket. */
  public static SocketSpec udp(String host, int port) {
    return inet(Kind.UDP, host, port);
  }

  /** A UDP socket with a fixed peer. */
  public static SocketSpec udpConnect(String host, int port) {
    return inet(Kind.UDP_CONNECT, host, port);
  }

  /** A Unix stream listener; the path must not exist. */
  public static SocketSpec unixListen(String path) {
    return unix(Kind.UNIX_LISTEN, path);
  }

  /** A Unix stream connection. */
  public static SocketSpec unix(String path) {
    return unix(Kind.UNIX, path);
  }

  /** A bound Unix datagram socket; the path must not exist. */
  public static SocketSpec unixDgram(String path) {
    return unix(Kind.UNIX_DGRAM, path);
  }

  /** A Unix datagram socket with a fixed peer. */
  public static SocketSpec unixDgramConnect(String path) {
    return unix(Kind.UNIX_DGRAM_CONNECT, path);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException with a sentence that says what is wrong and what was expected
   */
  public static SocketSpec parse(String text) {
    return SocketSpecText.parse(text);
  }

  static SocketSpec of(Kind kind, String host, int port, String path) {
    return kind.isUnix() ? unix(kind, path) : inet(kind, host, port);
  }

  /**
   * A name, unique in the broker: opening the same spec again, here or in another process, joins
   * the socket instead of making one (rule 18).
   */
  public SocketSpec name(String name) {
    return with(new Naming(name, naming.retain, naming.join, naming.others, naming.joinOthers));
  }

  /**
   * How long a named socket stays open after its last descriptor and token (rule 19).
   *
   * @param time {@link Broker#FOREVER} is possible
   */
  public SocketSpec retain(Duration time) {
    return with(new Naming(naming.name, time, naming.join, naming.others, naming.joinOthers));
  }

  /** What those of the same user get who join by the name; all rights if nothing is said. */
  public SocketSpec joinRights(Rights rights) {
    return with(new Naming(naming.name, naming.retain, rights, naming.others, naming.joinOthers));
  }

  /** What other users get who join by the name; nothing if nothing is said. */
  public SocketSpec otherRights(Rights rights) {
    return with(new Naming(naming.name, naming.retain, naming.join, rights, naming.joinOthers));
  }

  /**
   * Also joins a socket whose name belongs to another user, who decides what the socket is and who
   * else receives from it. Else such a name is refused with EPERM.
   */
  public SocketSpec joinOthers() {
    return with(new Naming(naming.name, naming.retain, naming.join, naming.others, true));
  }

  /** How many connections may wait to be accepted, less one; {@value #BACKLOG} if not said. */
  public SocketSpec backlog(int connections) {
    if (connections < 0) {
      throw new IllegalArgumentException("backlog: " + connections + " (expected: 0 or more)");
    }
    return new SocketSpec(kind, host, port, path, naming, connections, options);
  }

  /** An option by the kernel's name, set before the bind. */
  public SocketSpec option(String option, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(options);
    more.put(option, value);
    return new SocketSpec(kind, host, port, path, naming, backlog, more);
  }

  /** An option set before the bind. For an IPv6 socket the host must be an IPv6 literal. */
  public <T> SocketSpec option(SocketOption<T> option, T value) {
    boolean isInet6 = host != null && host.indexOf(':') >= 0;
    Family family = isInet6 ? Family.INET6 : Family.INET;
    return option(JdkOptions.kernelName(option, family), JdkOptions.toWire(option, value, family));
  }

  private SocketSpec with(Naming other) {
    return new SocketSpec(kind, host, port, path, other, backlog, options);
  }

  public Kind kind() {
    return kind;
  }

  /** Null for a Unix socket. */
  public String host() {
    return host;
  }

  /** 0 for a Unix socket. */
  public int port() {
    return port;
  }

  /** Null for an IP socket. */
  public String path() {
    return path;
  }

  public Optional<String> name() {
    return Optional.ofNullable(naming.name);
  }

  /**
   * The spec as requests, for programs that speak the protocol themselves; {@link Broker#open} does
   * it for all others. Looks the host up.
   *
   * @throws UnknownHostException if nobody knows the host
   */
  public Requests requests() throws UnknownHostException {
    Address address = address();
    Family family = Family.UNIX;
    if (!kind.isUnix()) {
      family = Addresses.isInet6(address) ? Family.INET6 : Family.INET;
    }
    Map<String, Object> all = new LinkedHashMap<>();
    if (kind == Kind.TCP_LISTEN) {
      all.put("SO_REUSEADDR", true);
    }
    all.putAll(options);
    Request.Open open =
        new Request.Open(
            family,
            kind.isDatagram() ? SocketType.DGRAM : SocketType.STREAM,
            0,
            kind.connects() ? null : address,
            kind.isListener() ? backlog : null,
            all.isEmpty() ? null : all,
            naming.name,
            Timeouts.millis(naming.retain),
            naming.join == null ? null : naming.join.toSet(),
            naming.others == null ? null : naming.others.toSet(),
            naming.joinOthers);
    return new Requests(open, kind.connects() ? address : null);
  }

  private Address address() throws UnknownHostException {
    return kind.isUnix()
        ? Addresses.unix(path)
        : Address.inet(Addresses.literal(InetAddress.getByName(host)), port);
  }

  /** Kind and address as {@link #parse} reads them; name and options have no text form. */
  @Override
  public String toString() {
    if (kind.isUnix()) {
      return kind.text() + ":" + path;
    }
    return kind.text() + ":" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
