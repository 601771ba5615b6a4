package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/** A client that sends one ping after the other, and records the longest wait for a reply. */
final class Pinging implements AutoCloseable {
  /** Much shorter than a pause, but long enough that the pings use little CPU. */
  private static final long INTERVAL_NANOS = 1_000_000;

  private final Broker broker;
  private final FutureTask<Long> longestNanos;
  private volatile boolean over;

  Pinging(Path socket) throws IOException {
    broker = Broker.connect(socket);
    longestNanos = Background.begin(this::ask);
  }

  private long ask() throws IOException {
    long longest = 0;
    while (!over) {
      long begin = System.nanoTime();
      broker.ping();
      longest = Math.max(longest, System.nanoTime() - begin);
      LockSupport.parkNanos(INTERVAL_NANOS);
    }
    return longest;
  }

  /** Ends it. Returns the longest silence in nanoseconds. */
  long longestNanos() throws IOException {
    over = true;
    return Background.result(longestNanos);
  }

  @Override
  public void close() {
    over = true;
    broker.close();
  }
}
