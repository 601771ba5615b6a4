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
 * Describes a socket: its kind, its address, and a name if other processes are to join it. It is
 * immutable; each method that changes a setting returns a copy.
 *
 * <p>Its text form resembles that of socat. The command line, configuration files, {@link #parse}
 * and {@link #toString} use it:
 *
 * <pre>
 *   tcp-listen:HOST:PORT  tcp:HOST:PORT  udp:HOST:PORT  udp-connect:HOST:PORT
 *   unix-listen:PATH      unix:PATH      unix-dgram:PATH  unix-dgram-connect:PATH
 * </pre>
 *
 * A connecting kind can end with {@code ,resolve=broker}: then the broker resolves the host name.
 * IPv6 literals are written in brackets. Port 0 lets the kernel choose. {@code tcp-listen:PORT} and
 * {@code udp:PORT} use all addresses of both IP versions. A path that begins with {@code @} is a
 * name in Linux's abstract namespace.
 */
public final class SocketSpec {
  /** The default backlog of a listener. The kernel limits it to somaxconn. */
  public static final int BACKLOG = 4096;

  /** All addresses: an IPv6 socket that also accepts IPv4. */
  static final String EVERYWHERE = "::";

  /** The kinds of socket. */
  public enum Kind {
    /** A TCP listener (tcp(7)). */
    TCP_LISTEN,
    /** A TCP connection to an address. */
    TCP,
    /** A UDP socket that is bound to an address (udp(7)). */
    UDP,
    /** A UDP socket with a fixed peer. */
    UDP_CONNECT,
    /** A Unix stream listener (unix(7)). */
    UNIX_LISTEN,
    /** A Unix stream connection to a path. */
    UNIX,
    /** A Unix datagram socket that is bound to a path. */
    UNIX_DGRAM,
    /** A Unix datagram socket with a fixed peer. */
    UNIX_DGRAM_CONNECT;

    /** The beginning of the text form, for instance {@code tcp-listen}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether this is a Unix socket. */
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
   * A spec as protocol requests, with its host name resolved unless the broker does that.
   *
   * @param open the first request. It connects by itself if the broker resolves the host name
   * @param connect where to connect if the first request made a new socket; null if nowhere
   */
  public record Requests(Request.Open open, Address connect) {}

  private final Kind kind;
  private final String host;
  private final int port;
  private final String path;
  private final Naming naming;
  private final int backlog;
  private final Map<String, Object> options;
  private final Resolver resolver;

  /** The settings for a socket that others join. */
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
      Map<String, Object> options,
      Resolver resolver) {
    this.kind = kind;
    this.host = host;
    this.port = port;
    this.path = path;
    this.naming = naming;
    this.backlog = backlog;
    this.options = options;
    this.resolver = resolver;
  }

  private static SocketSpec inet(Kind kind, String host, int port) {
    Objects.requireNonNull(host, "host");
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
    }
    return new SocketSpec(kind, host, port, null, Naming.NONE, BACKLOG, Map.of(), Resolver.PROCESS);
  }

  private static SocketSpec unix(Kind kind, String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("the path is empty");
    }
    return new SocketSpec(kind, null, 0, path, Naming.NONE, BACKLOG, Map.of(), Resolver.PROCESS);
  }

  /**
   * A TCP listener on all addresses of both IP versions.
   *
   * @param port 0 to 65535; 0 lets the kernel choose
   * @throws IllegalArgumentException if the port is out of range
   */
  public static SocketSpec tcpListen(int port) {
    return tcpListen(EVERYWHERE, port);
  }

  /**
   * A TCP listener. It sets SO_REUSEADDR, as servers usually do. Otherwise a restarted server could
   * not bind the address while old connections are in TIME_WAIT.
   *
   * @param host a name or an IP literal, resolved when the socket is opened
   * @param port 0 to 65535; 0 lets the kernel choose
   * @throws IllegalArgumentException if the port is out of range
   */
  public static SocketSpec tcpListen(String host, int port) {
    return inet(Kind.TCP_LISTEN, host, port);
  }

  /** A TCP connection. */
  public static SocketSpec tcp(String host, int port) {
    return inet(Kind.TCP, host, port);
  }

  /** A UDP socket bound to all addresses of both IP versions. */
  public static SocketSpec udp(int port) {
    return udp(EVERYWHERE, port);
  }

  /** A bound UDP socket. */
  public static SocketSpec udp(String host, int port) {
    return inet(Kind.UDP, host, port);
  }

  /** A UDP socket that is connected to one peer. */
  public static SocketSpec udpConnect(String host, int port) {
    return inet(Kind.UDP_CONNECT, host, port);
  }

  /**
   * A Unix stream listener. The path must not exist yet.
   *
   * @throws IllegalArgumentException if the path is empty
   */
  public static SocketSpec unixListen(String path) {
    return unix(Kind.UNIX_LISTEN, path);
  }

  /** A Unix stream connection. */
  public static SocketSpec unix(String path) {
    return unix(Kind.UNIX, path);
  }

  /** A bound Unix datagram socket. The path must not exist yet. */
  public static SocketSpec unixDgram(String path) {
    return unix(Kind.UNIX_DGRAM, path);
  }

  /** A Unix datagram socket that is connected to one peer. */
  public static SocketSpec unixDgramConnect(String path) {
    return unix(Kind.UNIX_DGRAM_CONNECT, path);
  }

  /**
   * Parses the text form.
   *
   * @throws IllegalArgumentException if the text is malformed; the message says what is wrong and
   *     what was expected
   */
  public static SocketSpec parse(String text) {
    return SocketSpecText.parse(text);
  }

  static SocketSpec of(Kind kind, String host, int port, String path) {
    return kind.isUnix() ? unix(kind, path) : inet(kind, host, port);
  }

  /**
   * Sets a name that is unique in the broker. If another open uses the same spec, here or in
   * another process, it joins this socket instead of making one (rule 18).
   */
  public SocketSpec name(String name) {
    return with(new Naming(name, naming.retain, naming.join, naming.others, naming.joinOthers));
  }

  /**
   * Sets how long a named socket stays open after its last descriptor and token (rule 19). The
   * default is zero.
   *
   * @param time {@link Broker#FOREVER} is allowed
   */
  public SocketSpec retain(Duration time) {
    return with(new Naming(naming.name, time, naming.join, naming.others, naming.joinOthers));
  }

  /**
   * Sets the rights of processes of the same user that join by the name (rule 18). The default is
   * all rights.
   */
  public SocketSpec joinRights(Rights rights) {
    return with(new Naming(naming.name, naming.retain, rights, naming.others, naming.joinOthers));
  }

  /**
   * Sets the rights of other users that join by the name (rule 18). By default they get no right.
   */
  public SocketSpec otherRights(Rights rights) {
    return with(new Naming(naming.name, naming.retain, naming.join, rights, naming.joinOthers));
  }

  /**
   * Also joins a socket whose name belongs to another user (rule 18). That user decides what the
   * socket is and who else receives from it. By default, such a name is refused with EPERM.
   */
  public SocketSpec joinOthers() {
    return with(new Naming(naming.name, naming.retain, naming.join, naming.others, true));
  }

  /**
   * Sets the backlog of a listener (listen(2)): one less than the number of connections that can
   * wait to be accepted. The default is {@value #BACKLOG}.
   *
   * @param connections 0 or more
   * @throws IllegalArgumentException if it is negative
   */
  public SocketSpec backlog(int connections) {
    if (connections < 0) {
      throw new IllegalArgumentException("backlog: " + connections + " (expected: 0 or more)");
    }
    return new SocketSpec(kind, host, port, path, naming, connections, options, resolver);
  }

  /**
   * Sets an option by the kernel's name, for instance {@code TCP_NODELAY} (rule 21). It takes
   * effect before the bind. The broker checks it when the socket is opened.
   *
   * @param value a Number, Boolean, String, List or Map, in the kernel's unit
   */
  public SocketSpec option(String option, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(options);
    more.put(option, value);
    return new SocketSpec(kind, host, port, path, naming, backlog, more, resolver);
  }

  /**
   * Sets an option that takes effect before the bind. For an IPv6 socket the host must be an IPv6
   * literal.
   *
   * @param option which the broker checks when the socket is opened
   * @param value in the unit of the JDK's option
   */
  public <T> SocketSpec option(SocketOption<T> option, T value) {
    boolean isInet6 = host != null && host.indexOf(':') >= 0;
    Family family = isInet6 ? Family.INET6 : Family.INET;
    return option(JdkOptions.kernelName(option, family), JdkOptions.toWire(option, value, family));
  }

  /**
   * Chooses who resolves the host name. The broker can do it only for a socket that connects. It
   * then tries all addresses of the name, and the first that accepts wins (rule 81).
   *
   * @throws IllegalArgumentException if the broker cannot resolve for this kind
   */
  public SocketSpec resolve(Resolver by) {
    if (by == Resolver.BROKER && (kind.isUnix() || !kind.connects())) {
      throw new IllegalArgumentException(
          kind.text() + ": the broker resolves only hosts to which a socket connects");
    }
    return new SocketSpec(kind, host, port, path, naming, backlog, options, by);
  }

  private SocketSpec with(Naming other) {
    return new SocketSpec(kind, host, port, path, other, backlog, options, resolver);
  }

  /** The kind of socket. */
  public Kind kind() {
    return kind;
  }

  /** The host, or null for a Unix socket. */
  public String host() {
    return host;
  }

  /** The port, or 0 for a Unix socket. */
  public int port() {
    return port;
  }

  /** Who resolves the host name. */
  public Resolver resolver() {
    return resolver;
  }

  /** The path, or null for an IP socket. */
  public String path() {
    return path;
  }

  /** The name by which others join, if there is one. */
  public Optional<String> name() {
    return Optional.ofNullable(naming.name);
  }

  /**
   * Returns the spec as requests, for programs that speak the protocol themselves. Other programs
   * call {@link Broker#open}. It resolves the host name and blocks meanwhile, unless the broker
   * resolves it.
   *
   * @throws UnknownHostException if the host name cannot be resolved
   */
  public Requests requests() throws UnknownHostException {
    if (resolver == Resolver.BROKER) {
      return new Requests(open(null, null, Address.inet(host, port)), null);
    }
    Address address = address();
    Family family = Family.UNIX;
    if (!kind.isUnix()) {
      family = Addresses.isInet6(address) ? Family.INET6 : Family.INET;
    }
    return kind.connects()
        ? new Requests(open(family, null, null), address)
        : new Requests(open(family, address, null), null);
  }

  private Request.Open open(Family family, Address bind, Address connect) {
    Map<String, Object> all = new LinkedHashMap<>();
    if (kind == Kind.TCP_LISTEN) {
      all.put("SO_REUSEADDR", true);
    }
    all.putAll(options);
    return new Request.Open(
        family,
        kind.isDatagram() ? SocketType.DGRAM : SocketType.STREAM,
        0,
        bind,
        kind.isListener() ? backlog : null,
        all.isEmpty() ? null : all,
        naming.name,
        Timeouts.millis(naming.retain),
        naming.join == null ? null : naming.join.toSet(),
        naming.others == null ? null : naming.others.toSet(),
        naming.joinOthers,
        connect,
        null);
  }

  private Address address() throws UnknownHostException {
    return kind.isUnix()
        ? Addresses.unix(path)
        : Address.inet(Addresses.literal(InetAddress.getByName(host)), port);
  }

  /**
   * Returns the kind, the address and the resolver in the form that {@link #parse} accepts. The
   * name and the options have no text form.
   */
  @Override
  public String toString() {
    if (kind.isUnix()) {
      return kind.text() + ":" + path;
    }
    String address = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    String by = resolver == Resolver.BROKER ? SocketSpecText.BY_BROKER : "";
    return kind.text() + ":" + address + by;
  }
}
