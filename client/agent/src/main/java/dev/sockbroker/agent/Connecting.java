package dev.sockbroker.agent;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.Resolver;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A socket of the JDK's that the broker connects. Until the program asks for the outcome, a {@link
 * Placeholder} is behind its descriptor. Any thread may call any method.
 */
final class Connecting {
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;

  private final FileDescriptor fd;
  private final String host;
  private final TcpOptions options;
  private final Placeholder placeholder;
  private final CompletableFuture<SharedSocket> opening;
  private final CompletableFuture<Connected> outcome;

  /** Keeps a selector from registering the placeholder while it is replaced. */
  private final ReentrantLock lock = new ReentrantLock();

  /** The events for which the descriptor is registered, by selector. Guarded by the lock. */
  private final Map<Integer, Integer> registrations = new HashMap<>();

  /** The connection and its fd. */
  private record Connected(SharedSocket socket, ExportedSocket exported) {}

  private Connecting(
      FileDescriptor fd,
      String host,
      TcpOptions options,
      Placeholder placeholder,
      CompletableFuture<SharedSocket> opening) {
    this.fd = fd;
    this.host = host;
    this.options = options;
    this.placeholder = placeholder;
    this.opening = opening;
    outcome = opening.thenCompose(Connecting::exported);
  }

  /**
   * @param fd of a new socket
   * @param host a name or a literal, which the broker resolves
   */
  static Connecting start(
      FileDescriptor fd, Broker broker, FdReplacement replacement, String host, int port)
      throws IOException {
    TcpOptions options = TcpOptions.of(fd);
    Placeholder placeholder = Placeholder.behind(fd, replacement);
    SocketSpec spec = SocketSpec.tcp(host, port).resolve(Resolver.BROKER);
    Connecting connecting = new Connecting(fd, host, options, placeholder, broker.openAsync(spec));
    connecting.outcome.whenComplete((connected, failure) -> connecting.wake());
    return connecting;
  }

  private static CompletableFuture<Connected> exported(SharedSocket socket) {
    return socket
        .exportAsync()
        .whenComplete(
            (exported, failure) -> {
              if (failure != null) {
                socket.closeAsync();
              }
            })
        .thenApply(exported -> new Connected(socket, exported));
  }

  private void wake() {
    try {
      placeholder.wake();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isDone() {
    return outcome.isDone();
  }

  /**
   * Puts the connection behind the descriptor. Its selectors know it further on: epoll forgets a
   * file that is replaced.
   *
   * @return the broker's socket, which the caller closes when the program has closed its own
   * @throws IOException the reason if the broker did not connect it
   */
  SharedSocket finish(FdReplacement replacement) throws IOException {
    Connected connected = connected();
    lock.lock();
    try (ExportedSocket exported = connected.exported()) {
      replacement.replace(fd, exported.fd());
      options.copyTo(fd);
      int number = Jdk.number(fd);
      registrations.forEach((epfd, events) -> Jdk.ctl(epfd, EPOLL_CTL_ADD, number, events));
      return connected.socket();
    } catch (IOException | RuntimeException e) {
      connected.socket().closeAsync();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private Connected connected() throws IOException {
    try {
      return outcome.join();
    } catch (CompletionException e) {
      // so that its stack trace shows this thread
      if (e.getCause() instanceof IOException reason) {
        throw ConnectFailures.of(reason, host);
      }
      throw e;
    }
  }

  /** Registers the descriptor in a selector. Returns 0, or the errno. */
  int ctl(int epfd, int opcode, int number, int events) {
    lock.lock();
    try {
      int errno = Jdk.ctl(epfd, opcode, number, events);
      if (opcode == EPOLL_CTL_DEL) {
        registrations.remove(epfd);
      } else if (errno == 0) {
        registrations.put(epfd, events);
      }
      return errno;
    } finally {
      lock.unlock();
    }
  }

  /** The program has closed its socket and does not want the outcome. Does not wait. */
  void abandon() {
    opening.cancel(true);
    outcome.whenComplete(
        (connected, failure) -> {
          if (connected != null) {
            close(connected);
          }
        });
  }

  private static void close(Connected unwanted) {
    unwanted.socket().closeAsync();
    try {
      unwanted.exported().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
