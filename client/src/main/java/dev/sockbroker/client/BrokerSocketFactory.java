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
 * TCP sockets that the broker owns, for the programs that take a {@link SocketFactory}: database
 * drivers, HTTP clients. They behave as the JDK's own do: time-outs, half close, close from another
 * thread, options, exceptions and their words. An interrupt does nothing to a platform thread, and
 * closes the socket under a virtual one.
 *
 * <p>Programs that take the factory's class name create it in one of these ways, all of which work:
 * by a constructor with no argument, with a text or with {@link Properties}, or by {@link
 * #getDefault()}. The factories that were given a path, or none, share one session for each path:
 * opened when it is first needed, opened again after the broker was restarted, and ended with the
 * process. The session's limit on descriptors is their common one.
 *
 * <p>{@code getChannel()} answers null. Names are looked up in this process.
 *
 * <p>Safe for any thread.
 */
public final class BrokerSocketFactory extends SocketFactory {
  private final FactorySession session;

  /** At the user's broker, as {@link Broker#connect()} finds it. */
  public BrokerSocketFactory() {
    this(FactorySession.atDefault());
  }

  /**
   * At the broker that listens there.
   *
   * @param path of its Unix socket; null or blank, which drivers pass when the program configures
   *     none, means the user's broker
   */
  public BrokerSocketFactory(String path) {
    this(FactorySession.at(path));
  }

  /**
   * At the broker whose path is the property {@code socketFactoryArg}, the name that PostgreSQL's
   * driver gives to a factory's argument. Without it, at the user's broker. All other properties
   * are the driver's own.
   *
   * @param properties null is the same as empty
   */
  public BrokerSocketFactory(Properties properties) {
    this(FactorySession.at(properties));
  }

  /** Within a session of the program's own. When it has ended every socket fails. */
  public BrokerSocketFactory(Broker broker) {
    this(FactorySession.of(Objects.requireNonNull(broker, "broker")));
  }

  private BrokerSocketFactory(FactorySession session) {
    this.session = session;
  }

  /**
   * A factory at the user's broker, for programs that call this method of the class that they are
   * given: JNDI's LDAP provider, mail libraries. It hides the JDK's method of the same name, whose
   * sockets would bypass the broker.
   */
  public static SocketFactory getDefault() {
    return new BrokerSocketFactory();
  }

  /** Not connected: its {@code connect} may have a time-out. */
  @Override
  public Socket createSocket() throws IOException {
    return new BrokeredSocket(BrokeredSocketImpl.client(session));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(null, new InetSocketAddress(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    SocketAddress local = new InetSocketAddress(localHost, localPort);
    return connected(local, new InetSocketAddress(host, port));
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
   * A connection that this process holds already, as a {@link Socket} of the JDK's: one that came
   * by a token or by a name, from another process. It owns the descriptor: closing either closes
   * both.
   *
   * @throws IllegalArgumentException if it is no connected TCP socket
   */
  public static Socket socket(SharedSocket connection) throws IOException {
    BrokeredSocketImpl impl = BrokeredSocketImpl.of(connection);
    if (!(connection.remoteAddress() instanceof InetSocketAddress peer)) {
      throw new IllegalArgumentException(connection + " is no TCP connection");
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
