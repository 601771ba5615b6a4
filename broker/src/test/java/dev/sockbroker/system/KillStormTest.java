package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker is killed from outside at random moments, while fifty workers play {@link KillScript}
 * again and again. A command of its own, {@code scripts/test kills}, because it takes long.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
@EnabledIfSystemProperty(named = "kills", matches = "true")
class KillStormTest {
  private static final int WORKERS = 50;
  private static final int KILLS = Integer.getInteger("kill.storm", 200);
  private static final int PAUSE_MILLIS_MAX = 1500;

  @TempDir private Path directory;

  @Test
  void shouldContinueWhenKilledAtRandomMoments() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    BrokerProcess broker = start();
    try {
      List<FutureTask<Integer>> workers = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        String name = "worker " + i;
        Path socket = broker.socket();
        workers.add(Background.begin(() -> work(socket, name, over)));
      }
      Random random = new Random();
      for (int i = 0; i < KILLS && workers.stream().noneMatch(FutureTask::isDone); i++) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(PAUSE_MILLIS_MAX));
        LeftMemory.of(broker.socket()).forgetCrashes();
        broker.kill();
        broker = start();
      }
      over.set(true);
      int rounds = 0;
      for (FutureTask<Integer> it : workers) {
        rounds += it.get(10, TimeUnit.MINUTES);
      }
      System.out.println(
          WORKERS + " workers played " + rounds + " times during " + KILLS + " kills");
      assertThat(rounds).isGreaterThanOrEqualTo(WORKERS);
    } finally {
      over.set(true);
      broker.stop();
    }
  }

  private BrokerProcess start() {
    return BrokerProcess.startAt(directory, "--keep=auto");
  }

  /** Returns how often it has played the script. */
  private static int work(Path socket, String name, AtomicBoolean over) throws IOException {
    int rounds = 0;
    do {
      KillScript.play(socket, name);
      rounds++;
    } while (!over.get());
    return rounds;
  }
}
