package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker is killed at its kill points, one after the other, while {@link KillScript} is played.
 * A command of its own, {@code scripts/test kills}, because it takes long.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
@EnabledIfSystemProperty(named = "kills", matches = "true")
class KillPointsTest {
  /** How many points lie between two kills. */
  private static final int STEP = Integer.getInteger("kill.points.step", 1);

  private static final Duration DEADLINE = Duration.ofSeconds(90);

  @TempDir private Path directory;

  private MappedByteBuffer left;
  private String agent;
  private BrokerProcess broker;

  @Test
  void shouldContinueWhereverItIsKilled() throws Exception {
    agent = KillAgent.option(directory);
    left = KillAgent.counter(directory);
    broker = start();
    int first = STEP == 1 ? 1 : 1 + new Random().nextInt(STEP);
    int kills = 0;
    try {
      for (int point = first; killAt(point); point += STEP) {
        kills++;
      }
    } finally {
      broker.stop();
    }
    System.out.println("killed at " + kills + " points, from " + first + " on, each " + STEP);
    assertThat(kills).isGreaterThan(3);
  }

  private BrokerProcess start() throws IOException {
    return BrokerProcess.startAt(
        directory, List.of(BrokerProcess.JAVA.toString(), agent), "--keep=auto");
  }

  /** Returns false if the script has ended before that point. */
  private boolean killAt(int point) throws Exception {
    LeftMemory.of(broker.socket()).forgetCrashes();
    left.putInt(0, point);
    Path socket = broker.socket();
    FutureTask<Void> script = Background.begin(() -> KillScript.play(socket, "script"));
    boolean killed = false;
    try {
      while (!script.isDone()) {
        Awaitility.await()
            .atMost(DEADLINE)
            .pollInterval(Duration.ofMillis(2))
            .until(() -> script.isDone() || !broker.process().isAlive());
        if (!broker.process().isAlive()) {
          killed = true;
          broker = start();
        }
      }
      script.get();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("killed at point " + point + "; the log: " + broker.log(), e);
    } finally {
      left.putInt(0, 0);
    }
    return killed;
  }
}
