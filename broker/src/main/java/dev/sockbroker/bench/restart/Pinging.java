package dev.sockbroker.bench.upgrade;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** A client that sends one ping after the other, and records the longest wait for a reply. */
final class Pinging implements AutoCloseable {
  private final Broker broker;
  private final CompletableFuture<Long> longest;
  private volatile boolean over;

  Pinging(Path socket) throws IOException {
    broker = Broker.connect(socket);
    longest = CompletableFuture.supplyAsync(this::ask, UpgradeMain::onOwnThread);
  }

  private long ask() {
    long longestNanos = 0;
    try {
      while (!over) {
        long begin = System.nanoTime();
        broker.ping();
        longestNanos = Math.max(longestNanos, System.nanoTime() - begin);
      }
    } catch (IOException e) {
      throw new AssertionError("a client lost its session", e);
    }
    return longestNanos;
  }

  /** Ends it. Returns the longest silence in nanoseconds. */
  long longestNanos() {
    over = true;
    return longest.join();
  }

  @Override
  public void close() {
    over = true;
    broker.close();
  }
}
