package dev.sockbroker.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Properties;
import javax.net.SocketFactory;

/**
 * Makes TCP sockets that the broker owns, for database drivers, HTTP clients and other programs
 * that accept a {@link SocketFactory}. They behave like the JDK's own sockets: time-outs,
 * half-close, close from another thread, options, exceptions and their messages. An interrupt has
 * no effect on a platform thread and closes the socket of a virtual thread.
 *
 * <p>Programs that accept a class name create the factory with a constructor that takes no
 * argument, a string or {@link Properties}, or with {@link #getDefault()}. All of these work.
 * Factories with the same path, or without one, share a session. It opens when it is first needed,
 * opens again after a restart of the broker, and ends with the process. Its limit on descriptors
 * applies to all of them together.
 *
 * <p>{@code getChannel()} returns null. This process resolves host names, unless {@link #resolve}
 * or the property {@value #RESOLVE_PROPERTY} leaves that to the broker.
 *
 * <p>Any thread may call any method.
 */
public final class BrokerSocketFactory extends SocketFactory {
  /**
   * The property that says who resolves host names: {@code broker} or {@code process}. It is looked
   * for in the constructor's properties first, and then in the system's.
   */
  public static final String RESOLVE_PROPERTY = "sockbroker.resolve";

  private final FactorySession session;
  private final Resolver resolver;

  /** Makes a factory at the user's broker, which {@link Broker#connect()} finds. */
  public BrokerSocketFactory() {
    this(FactorySession.atDefault(), resolver(null));
  }

  /**
   * Makes a factory at the broker with that path.
   *
   * @param path of the broker's Unix socket. Null or blank means the user's broker; drivers pass
   *     these if the program configures no argument.
   */
  public BrokerSocketFactory(String path) {
    this(FactorySession.at(path), resolver(null));
  }

  /**
   * Makes a factory at the broker whose path is the property {@code socketFactoryArg}, or at the
   * user's broker if there is no such property. PostgreSQL's driver uses this name for a factory's
   * argument. {@value #RESOLVE_PROPERTY} says who resolves host names. All other properties belong
   * to the driver.
   *
   * @param properties null is the same as empty
   */
  public BrokerSocketFactory(Properties properties) {
    this(FactorySession.at(properties), resolver(properties));
  }

  /**
   * Makes a factory that uses the program's own session. When the session ends, every socket fails.
   */
  public BrokerSocketFactory(Broker broker) {
    this(FactorySession.of(Objects.requireNonNull(broker, "broker")), resolver(null));
  }

  private BrokerSocketFactory(FactorySession session, Resolver resolver) {
    this.session = session;
    this.resolver = resolver;
  }

  /**
   * @param properties may be null
   */
  private static Resolver resolver(Properties properties) {
    String given = properties == null ? null : properties.getProperty(RESOLVE_PROPERTY);
    String text = given == null ? System.getProperty(RESOLVE_PROPERTY, "process") : given;
    for (Resolver it : Resolver.values()) {
      if (it.name().equalsIgnoreCase(text)) {
        return it;
      }
    }
    throw new IllegalArgumentException(
        RESOLVE_PROPERTY + "=" + text + " (expected: broker or process)");
  }

  /**
   * Returns a factory whose sockets leave host names to that resolver. With {@link
   * Resolver#BROKER}, the broker tries the addresses of a name one after the other (rule 81). It
   * gets every name that a program passes, even if this process has already resolved it.
   */
  public BrokerSocketFactory resolve(Resolver by) {
    return new BrokerSocketFactory(session, by);
  }

  /**
   * Returns a factory at the user's broker, for programs that call this method on a configured
   * class, such as JNDI's LDAP provider and mail libraries. It hides the JDK's method of the same
   * name, whose sockets would bypass the broker.
   */
  public static SocketFactory getDefault() {
    return new BrokerSocketFactory();
  }

  /** Makes an unconnected socket, so that its {@code connect} can have a time-out. */
  @Override
  public Socket createSocket() throws IOException {
    return new BrokeredSocket(BrokeredSocketImpl.client(session, resolver));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(null, peer(host, port));
  }

  /** A name stays a name if the broker is to resolve it. */
  private InetSocketAddress peer(String host, int port) {
    return resolver == Resolver.BROKER
        ? InetSocketAddress.createUnresolved(host, port)
        : new InetSocketAddress(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    SocketAddress local = new InetSocketAddress(localHost, localPort);
    return connected(local, peer(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(null, new InetSocketAddress(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    SocketAddress local = new InetSocketAddress(localHost, localPort);
    return connected(local, new InetSocketAddress(host, port));
  }

  /**
   * Turns a connection that this process already holds into a {@link Socket}, for instance one that
   * came from another process by a token or by a name. The socket owns the descriptor: closing
   * either closes both.
   *
   * @throws IllegalArgumentException if the socket is not a connected TCP socket
   */
  public static Socket socket(SharedSocket connection) throws IOException {
    BrokeredSocketImpl impl = BrokeredSocketImpl.of(connection);
    if (!(connection.remoteAddress() instanceof InetSocketAddress peer)) {
      throw new IllegalArgumentException(connection + " is not a TCP connection");
    }
    Socket socket = new BrokeredSocket(impl);
    socket.connect(peer);
    return socket;
  }

  private Socket connected(SocketAddress local, SocketAddress peer) throws IOException {
    Socket socket = createSocket();
    try {
      if (local != null) {
        socket.bind(local);
      }
      socket.connect(peer);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }
}
