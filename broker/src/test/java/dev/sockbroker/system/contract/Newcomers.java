package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.system.Background;
import dev.sockbroker.system.WireClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A program that keeps connecting, and says hello each time. */
final class Newcomers implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Path broker;
  private final FutureTask<Integer> welcomed;
  private volatile boolean over;

  Newcomers(Path broker) {
    this.broker = broker;
    welcomed = Background.begin(this::keepConnecting);
  }

  private int keepConnecting() throws IOException {
    int count = 0;
    while (!over) {
      WireClient.welcomed(broker).close();
      count++;
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
