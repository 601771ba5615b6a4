package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.Background;
import dev.sockbroker.system.WireClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Keeps upgrading the broker while the suite runs. No scenario may notice. */
final class Upgrader implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long PAUSE_MILLIS = 300;

  private final Path broker;
  private final CountDownLatch over = new CountDownLatch(1);
  private final FutureTask<Integer> upgrades;

  Upgrader(Path broker) {
    this.broker = broker;
    upgrades = Background.begin(this::keepUpgrading);
  }

  private int keepUpgrading() throws IOException, InterruptedException {
    int count = 0;
    while (!over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
      count += upgrade() ? 1 : 0;
    }
    return count;
  }

  /** Returns false if a scenario upgrades the broker itself. */
  private boolean upgrade() throws IOException {
    try (WireClient administrator = WireClient.connect(broker)) {
      administrator.waitFor(PATIENCE);
      administrator.hello(true);
      Reply reply = administrator.ask(new Request.Upgrade(Request.Upgrade.PAUSE_MILLIS_MAX));
      if (reply instanceof Reply.Error it && it.errno() != Errno.EALREADY) {
        throw new IOException(it.message());
      }
      return reply instanceof Reply.Upgraded;
    }
  }

  /** Ends the upgrades and says how many there were. */
  @Override
  public void close() {
    over.countDown();
    try {
      System.out.println("the broker was upgraded " + upgrades.get() + " times meanwhile");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("an upgrade has failed", e);
    }
  }
}
