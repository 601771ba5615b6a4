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
 * TCP listeners that the broker owns, for the programs that take a {@link ServerSocketFactory}:
 * embedded servers. They and the sockets that they accept behave as {@link BrokerSocketFactory}
 * says; the sessions and the ways to create a factory are the same.
 *
 * <p>With a name, a listener is opened or joined: several processes that bind the same address by
 * the same name accept from one socket, and with a retention it outlives them all (contract, rules
 * 18 and 19). One name is one listener, so such a factory is for one address.
 *
 * <p>Safe for any thread.
 */
public final class BrokerServerSocketFactory extends ServerSocketFactory {
  /** As the JDK's own. */
  private static final int BACKLOG = 50;

  private final FactorySession session;

  /** Null: each listener is a new one. */
  private final ListenerName name;

  /** At the user's broker, as {@link Broker#connect()} finds it. */
  public BrokerServerSocketFactory() {
    this(FactorySession.atDefault(), null);
  }

  /**
   * At the broker that listens there.
   *
   * @param path of its Unix socket; null or blank means the user's broker
   */
  public BrokerServerSocketFactory(String path) {
    this(FactorySession.at(path), null);
  }

  /**
   * At the broker whose path is the property {@code socketFactoryArg}; without it, at the user's
   * broker.
   *
   * @param properties null is the same as empty
   */
  public BrokerServerSocketFactory(Properties properties) {
    this(FactorySession.at(properties), null);
  }

  /** Within a session of the program's own. When it has ended every socket fails. */
  public BrokerServerSocketFactory(Broker broker) {
    this(FactorySession.of(Objects.requireNonNull(broker, "broker")), null);
  }

  /**
   * Opens the listener of that name, or joins it.
   *
   * @param name unique in the broker
   * @param retain how long it stays open after the last process that has it; zero, or {@link
   *     Broker#FOREVER}
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
   * A factory at the user's broker, for programs that call this method of the class that they are
   * given. It hides the JDK's method of the same name, whose sockets would bypass the broker.
   */
  public static ServerSocketFactory getDefault() {
    return new BrokerServerSocketFactory();
  }

  /** Not bound: options may be set before its {@code bind}. */
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
   * @param address null: on all addresses
   */
  @Override
  public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
      throws IOException {
    return bound(createServerSocket(), new InetSocketAddress(address, port), backlog);
  }

  /**
   * A listener that this process holds already, as a {@link ServerSocket} of the JDK's. It owns the
   * descriptor: closing either closes both.
   *
   * @throws IllegalArgumentException if it is no TCP listener
   */
  public static ServerSocket serverSocket(SharedSocket listener) throws IOException {
    BrokeredSocketImpl impl = BrokeredSocketImpl.of(listener);
    if (!Boolean.TRUE.equals(listener.getOption("SO_ACCEPTCONN"))
        || !(listener.localAddress() instanceof InetSocketAddress address)) {
      throw new IllegalArgumentException(listener + " is no TCP listener");
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
