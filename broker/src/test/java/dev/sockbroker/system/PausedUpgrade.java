package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.system.StepAgent.Action;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A broker whose upgrades wait where a test wants to do something. */
final class PausedUpgrade implements AutoCloseable {
  private static final String BEFORE = "enter upgrade.TakeOver.receive";
  private static final String RECEIVED = "leave upgrade.TakeOver.receive";
  private static final String IN_PAUSE = "enter upgrade.TakeOver.commit";

  private final Path directory;
  private final BrokerProcess broker;

  /** What a test does at that moment. */
  interface Step {
    void take() throws Exception;
  }

  PausedUpgrade(Path directory) throws IOException {
    this.directory = directory;
    String agent =
        StepAgent.option(directory, "upgrade.TakeOver.receive", "upgrade.TakeOver.commit");
    broker =
        BrokerProcess.startBy(List.of(BrokerProcess.JAVA.toString(), agent), BrokerProcess.JAR);
  }

  BrokerProcess broker() {
    return broker;
  }

  /** Takes a step when the new broker is ready, so that the pause follows at once. */
  void after(Step step) throws Exception {
    upgrade(step, null);
  }

  /** Takes a step in the pause. */
  void during(Step step) throws Exception {
    upgrade(null, step);
  }

  /** Takes a step in the pause, before the new broker restores anything. */
  void beforeRestore(Step step) throws Exception {
    upgrade(RECEIVED, step, null);
  }

  /**
   * @param before taken just before the pause, or null
   * @param inPause or null
   */
  void upgrade(Step before, Step inPause) throws Exception {
    upgrade(BEFORE, before, inPause);
  }

  private void upgrade(String early, Step before, Step inPause) throws Exception {
    long old = broker.pid();
    StepAgent.planForNew(directory, old, Action.WAIT, before == null ? IN_PAUSE : early);
    CompletableFuture<String> upgrade =
        CompletableFuture.supplyAsync(this::upgradeNow, Command.ON_OWN_THREADS);
    try {
      if (before != null) {
        awaitReached(upgrade);
        before.take();
      }
      if (before != null && inPause != null) {
        StepAgent.planForNew(directory, old, Action.WAIT, IN_PAUSE);
      }
      if (inPause != null) {
        awaitReached(upgrade);
        inPause.take();
      }
    } finally {
      StepAgent.letGo(directory);
    }
    upgrade.get(180, SECONDS);
  }

  private void awaitReached(CompletableFuture<String> upgrade) {
    Path reached = StepAgent.reached(directory, "new");
    await().atMost(Duration.ofSeconds(120)).until(() -> upgrade.isDone() || Files.exists(reached));
    assertThat(upgrade).as("an upgrade that waits").isNotDone();
  }

  private String upgradeNow() {
    try {
      return broker.upgrade();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
