package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The session that socket factories take their sockets from. Opened when first needed, and again
 * when it has ended. Any thread.
 *
 * <p>All factories of one path share it: libraries that are given a factory by its class name make
 * a new one for each connection (PostgreSQL's driver does), never close one, and would leave a
 * session behind with each.
 */
final class FactorySession {
  /** PostgreSQL's name for what the program passes to its factory. */
  private static final String PATH_PROPERTY = "socketFactoryArg";

  private static final ConcurrentMap<Path, FactorySession> SHARED = new ConcurrentHashMap<>();

  private final ReentrantLock lock = new ReentrantLock();

  /** Null for a session that the program gave. */
  private final Path path;

  /** Null before it is first needed; under the lock. */
  private Broker broker;

  private FactorySession(Path path, Broker broker) {
    this.path = path;
    this.broker = broker;
  }

  /** Of the program's own, which alone opens another when it has ended. */
  static FactorySession of(Broker broker) {
    return new FactorySession(null, broker);
  }

  /** Of the user's broker, or the system's. */
  static FactorySession atDefault() {
    return at(SocketPaths.clientPath());
  }

  /**
   * @param path null or blank for the user's broker
   */
  static FactorySession at(String path) {
    return path == null || path.isBlank() ? atDefault() : at(Path.of(path));
  }

  /**
   * @param properties null for none
   */
  static FactorySession at(Properties properties) {
    return at(properties == null ? null : properties.getProperty(PATH_PROPERTY));
  }

  private static FactorySession at(Path path) {
    return SHARED.computeIfAbsent(
        path.toAbsolutePath().normalize(), it -> new FactorySession(it, null));
  }

  Broker broker() throws IOException {
    lock.lock();
    try {
      if (path != null && (broker == null || broker.isEnded())) {
        broker = connect();
      }
      return broker;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A TCP socket for both IP versions, as the JDK makes it: an IPv6 one where there is IPv6. An
   * IPv4 one where the program's JVM was told to prefer it.
   */
  SharedSocket fresh(boolean listener) throws IOException {
    Broker from = broker();
    if (!Boolean.getBoolean("java.net.preferIPv4Stack")) {
      try {
        Map<String, Object> options = Map.of("SO_REUSEADDR", listener, "IPV6_V6ONLY", false);
        return from.socket(Family.INET6, SocketType.STREAM, options);
      } catch (BrokerException e) {
        if (e.errno() != Errno.EAFNOSUPPORT) {
          throw e;
        }
      }
    }
    return from.socket(Family.INET, SocketType.STREAM, Map.of("SO_REUSEADDR", listener));
  }

  /** An interrupt does not end it: where the JDK creates a socket, nothing waits. */
  private Broker connect() throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          return Broker.connect(path);
        } catch (SocketTimeoutException e) {
          throw e;
        } catch (InterruptedIOException | ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
