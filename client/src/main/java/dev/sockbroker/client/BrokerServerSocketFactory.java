package dev.sockbroker.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import javax.net.ServerSocketFactory;

/**
 * Makes TCP listeners that the broker owns, for embedded servers and other programs that accept a
 * {@link ServerSocketFactory}. The listeners and the sockets that they accept behave as described
 * in {@link BrokerSocketFactory}. Sessions and the ways to create a factory are also the same.
 *
 * <p>If the factory has a name, it opens or joins the listener of that name. Processes that bind
 * the same address under the same name accept from one socket. With a retention, the socket
 * outlives all of them (contract, rules 18 and 19). One name means one listener, so such a factory
 * serves a single address.
 *
 * <p>A program that accepts quickly gets connections ahead that already wait, up to 15, in one
 * request to the broker. Those that it has not accepted after 0.2 s, or when the server socket
 * closes or the process ends, return to the listener (contract, rule 74).
 *
 * <p>Any thread may call any method.
 */
public final class BrokerServerSocketFactory extends ServerSocketFactory {
  /** The default of the JDK. */
  private static final int BACKLOG = 50;

  private final FactorySession session;

  /** Null if each listener is new. */
  private final ListenerName name;

  /** Makes a factory at the user's broker, which {@link Broker#connect()} finds. */
  public BrokerServerSocketFactory() {
    this(FactorySession.atDefault(), null);
  }

  /**
   * Makes a factory at the broker with that path.
   *
   * @param path of the broker's Unix socket; null or blank means the user's broker
   */
  public BrokerServerSocketFactory(String path) {
    this(FactorySession.at(path), null);
  }

  /**
   * Makes a factory at the broker whose path is the property {@code socketFactoryArg}, or at the
   * user's broker if there is no such property.
   *
   * @param properties null is the same as empty
   */
  public BrokerServerSocketFactory(Properties properties) {
    this(FactorySession.at(properties), null);
  }

  /**
   * Makes a factory that uses the program's own session. When the session ends, every socket fails.
   */
  public BrokerServerSocketFactory(Broker broker) {
    this(FactorySession.of(Objects.requireNonNull(broker, "broker")), null);
  }

  /**
   * Makes a factory that opens or joins the listener of that name.
   *
   * @param name unique in the broker
   * @param retain how long the listener stays open after its last descriptor; zero and {@link
   *     Broker#FOREVER} are allowed
   */
  public BrokerServerSocketFactory(Broker broker, String name, Duration retain) {
    this(
        FactorySession.of(Objects.requireNonNull(broker, "broker")),
        new ListenerName(
            Objects.requireNonNull(name, "name"), Objects.requireNonNull(retain, "retain")));
  }

  private BrokerServerSocketFactory(FactorySession session, ListenerName name) {
    this.session = session;
    this.name = name;
  }

  /**
   * Returns a factory at the user's broker, for programs that call this method on a configured
   * class. It hides the JDK's method of the same name, whose sockets would bypass the broker.
   */
  public static ServerSocketFactory getDefault() {
    return new BrokerServerSocketFactory();
  }

  /** Makes an unbound socket, so that options can be set before its {@code bind}. */
  @Override
  public ServerSocket createServerSocket() throws IOException {
    return new BrokeredServerSocket(BrokeredSocketImpl.server(session, name));
  }

  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    return createServerSocket(port, BACKLOG, null);
  }

  @Override
  public ServerSocket createServerSocket(int port, int backlog) throws IOException {
    return createServerSocket(port, backlog, null);
  }

  /**
   * @param address null for all addresses
   */
  @Override
  public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
      throws IOException {
    return bound(createServerSocket(), new InetSocketAddress(address, port), backlog);
  }

  /**
   * Turns a listener that this process already holds into a {@link ServerSocket}. The server socket
   * owns the descriptor: closing either closes both.
   *
   * @throws IllegalArgumentException if the socket is not a TCP listener
   */
  public static ServerSocket serverSocket(SharedSocket listener) throws IOException {
    BrokeredSocketImpl impl = BrokeredSocketImpl.of(listener);
    if (!Boolean.TRUE.equals(listener.getOption("SO_ACCEPTCONN"))
        || !(listener.localAddress() instanceof InetSocketAddress address)) {
      throw new IllegalArgumentException(listener + " is not a TCP listener");
    }
    return bound(new BrokeredServerSocket(impl), address, BACKLOG);
  }

  private static ServerSocket bound(ServerSocket socket, InetSocketAddress address, int backlog)
      throws IOException {
    try {
      socket.bind(address, backlog);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }
}
