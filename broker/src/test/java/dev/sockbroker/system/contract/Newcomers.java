package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.system.WireClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A program that keeps connecting, and says hello each time. */
final class Newcomers implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Path broker;
  private final CompletableFuture<Integer> welcomed;
  private volatile boolean over;

  Newcomers(Path broker) {
    this.broker = broker;
    welcomed = CompletableFuture.supplyAsync(this::connectAgainAndAgain, Newcomers::start);
  }

  private static void start(Runnable body) {
    Thread.ofPlatform().daemon().name("newcomers").start(body);
  }

  private int connectAgainAndAgain() {
    int count = 0;
    try {
      while (!over) {
        WireClient.welcomed(broker).close();
        count++;
      }
    } catch (IOException e) {
      throw new AssertionError("client " + count + " was not welcomed", e);
    }
    return count;
  }

  /** Ends it. */
  void assertAllWelcomed() throws Exception {
    over = true;
    assertThat(welcomed.get(DEADLINE_SECONDS, TimeUnit.SECONDS)).isPositive();
  }

  @Override
  public void close() {
    over = true;
  }
}
