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
 * The session in which socket factories make their sockets. It opens when it is first needed, and
 * again after it has ended. Any thread may call any method.
 *
 * <p>All factories with the same path share it. Libraries that create a factory from its class name
 * make one for each connection, as PostgreSQL's driver does, and never close it. Separate sessions
 * would therefore accumulate.
 */
final class FactorySession {
  /** PostgreSQL's name for the argument of a socket factory. */
  private static final String PATH_PROPERTY = "socketFactoryArg";

  private static final ConcurrentMap<Path, FactorySession> SHARED = new ConcurrentHashMap<>();

  private final ReentrantLock lock = new ReentrantLock();

  /** Null if the program supplied the session. */
  private final Path path;

  /** Null until it is first needed. Guarded by the lock. */
  private Broker broker;

  private FactorySession(Path path, Broker broker) {
    this.path = path;
    this.broker = broker;
  }

  /** Uses the program's session. If it ends, only the program can open another. */
  static FactorySession of(Broker broker) {
    return new FactorySession(null, broker);
  }

  /** Uses the user's broker, or the system's. */
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
   * @param properties may be null
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
   * Makes a TCP socket for both IP versions, as the JDK does. It is an IPv6 socket if the system
   * has IPv6, and an IPv4 socket if it has not or if the JVM was told to prefer IPv4.
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

  /** An interrupt does not end it, because the JDK never waits when it creates a socket. */
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
