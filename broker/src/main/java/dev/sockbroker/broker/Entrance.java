package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening socket, on which clients are accepted as they come. If the kernel refuses an
 * accept, for example because there are too many open files, the clients wait until it is tried
 * again. Loop thread only.
 */
final class Entrance {
  private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

  /** How many clients one pass of the loop accepts. */
  private static final int BURST = 8;

  private static final int RETRY_SECONDS = 1;

  /** The shortest time between two lines about refused accepts. */
  private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final KernelSocket socket;
  private final BrokerLoop loop;
  private final Consumer<KernelSocket> onClient;
  private final Runnable acceptLater = this::acceptLater;
  private final Runnable acceptAgain = this::acceptAgain;
  private final int fd;
  private boolean closed;

  /** Whether clients may wait, and are accepted later. */
  private boolean later;

  /** When a refused accept was logged; null if never. */
  private Long loggedNanos;

  /**
   * @param socket which this object owns
   * @param onClient owns the connection that it gets
   */
  Entrance(KernelSocket socket, BrokerLoop loop, Consumer<KernelSocket> onClient) {
    this.socket = socket;
    this.loop = loop;
    this.onClient = onClient;
    fd = socket.fd();
    socket.onReady(_ -> onReady());
    socket.arm(KernelSocket.IN);
  }

  /** The descriptor, which remains this object's. */
  int fd() {
    return fd;
  }

  private void onReady() {
    if (!later) {
      accept();
    }
  }

  private void accept() {
    for (int i = 0; i < BURST; i++) {
      if (closed || !acceptOne()) {
        return;
      }
    }
    later = true;
    loop.executeAfterEventLoopIteration(acceptLater);
  }

  /** In a task of the next pass, so that the loop looks at the clients first. */
  private void acceptLater() {
    loop.execute(acceptAgain);
  }

  private void acceptAgain() {
    later = false;
    accept();
  }

  /** Returns false if there is nobody to accept now. */
  private boolean acceptOne() {
    KernelSocket client;
    try {
      client = socket.accept();
    } catch (RefusedException e) {
      onRefused(e);
      return false;
    }
    if (client != null) {
      onClient.accept(client);
    }
    return client != null;
  }

  private void onRefused(RefusedException why) {
    long now = System.nanoTime();
    if (loggedNanos == null || now - loggedNanos >= SILENCE_NANOS) {
      loggedNanos = now;
      LOG.warn("clients must wait until they can connect: {}", why.getMessage());
    }
    later = true;
    loop.schedule(acceptAgain, RETRY_SECONDS, TimeUnit.SECONDS);
  }

  /** Accepts nobody any more. Does not remove the path. */
  void close() {
    closed = true;
    socket.close();
  }
}
