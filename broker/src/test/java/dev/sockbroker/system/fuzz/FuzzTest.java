package dev.sockbroker.system.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.system.BrokerProcess;
import dev.sockbroker.system.Needs;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * All kinds of client mistakes, at random and concurrently. Afterwards the broker is unchanged, has
 * answered each request once, and no other client was affected.
 */
@Tag("alone")
@Timeout(value = 1, unit = TimeUnit.HOURS) // it takes as long as the command line says
class FuzzTest {
  private static final int SECONDS = Integer.getInteger("fuzz.seconds", 10);
  private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime() % 1_000_000);
  private static final long WITNESS_MILLIS_MAX = 5000;
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Memory that caches, pools and compiled code may use in addition to a fresh broker. */
  private static final long HEAP_SLACK = 16 << 20;

  private static final long DIRECT_SLACK = 64 << 20;
  private static final Path RECORDS = Path.of("target", "fuzz");

  /** How long the system's resolver may ask for a name when no name server answers. */
  private static final Duration RESOLVED = Duration.ofMinutes(2);

  /**
   * Fields of {@code show --broker} that do not count what clients have created. The storm also
   * upgrades the broker, because an administrator may.
   */
  private static final Set<String> OTHER =
      Set.of("pid", "version", "upMillis", "upgrades", "upgradedMillis", "pauseMicros", "holder");

  @TempDir Path directory;

  @Test
  void shouldBeAsBeforeAndHaveServedOthersAfterEverythingThatClientsCanDoWrong() throws Exception {
    Needs.programs("python3", "kill", "setpriv");
    boolean root = ProcessHandle.current().info().user().orElse("").equals("root");
    say("seed %d, %d s%s", SEED, SECONDS, root ? ", several users" : "");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (BrokerProcess broker = start(root);
        Storm storm = new Storm(directory, broker.socket(), SEED, root)) {
      try {
        judge(broker, storm);
      } catch (Throwable e) {
        storm.write(RECORDS);
        Files.write(RECORDS.resolve("broker.log"), broker.log());
        throw new AssertionError("seed " + SEED + "; see " + RECORDS.toAbsolutePath(), e);
      }
    }
  }

  private static void judge(BrokerProcess broker, Storm storm) throws Exception {
    warmUp(broker);
    Footprint before = Footprint.of(broker);
    Witness witness = new Witness(broker.socket(), storm.shared());
    rage(storm, witness);
    // otherwise the broker waits a minute until they read the rest of the rings
    storm.close();
    say("%s", witness);
    say("%d requests: %s", total(storm), storm.sent());
    assertThat(storm.wrong()).isEmpty();
    assertThat(broker.log()).noneMatch(line -> line.contains("ERROR") || line.startsWith("\tat "));
    assertThat(witness.longestMillis()).isLessThan(WITNESS_MILLIS_MAX);
    assertThat(storm.sent().keySet()).containsAll(Grammar.TYPES);
    // Before the JVM is looked at, whose tools keep connections to it open for a while.
    await("what clients have made is gone")
        .atMost(SOON)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertGone(before, broker));
    await("the JVM is as before")
        .atMost(RESOLVED)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertAsBefore(before, Footprint.of(broker)));
  }

  /** Creates everything that a broker creates once and keeps. */
  private static void warmUp(BrokerProcess broker) throws Exception {
    Witness witness = new Witness(broker.socket(), new Shared());
    witness.watch(new End(), 20);
  }

  private static void rage(Storm storm, Witness witness) throws Exception {
    End rage = new End();
    // on the timer's thread: the common pool may have one thread only, which the witness occupies
    CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS, Runnable::run)
        .execute(rage::reach);
    End over = new End();
    CompletableFuture<Void> seen = CompletableFuture.runAsync(() -> watch(witness, over));
    try {
      storm.rage(rage);
    } finally {
      over.reach();
      seen.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void watch(Witness witness, End over) {
    try {
      witness.watch(over, Integer.MAX_VALUE);
    } catch (IOException e) {
      throw new AssertionError("the witness' session ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void assertGone(Footprint before, BrokerProcess broker) throws Exception {
    Reply.BrokerInfo now = Footprint.counts(broker);
    for (RecordComponent count : Reply.BrokerInfo.class.getRecordComponents()) {
      if (!OTHER.contains(count.getName())) {
        assertThat(count.getAccessor().invoke(now))
            .as(count.getName())
            .isEqualTo(count.getAccessor().invoke(before.counts()));
      }
    }
    assertThat(broker.fdCount()).as("open files").isLessThanOrEqualTo(before.fds());
  }

  private static void assertAsBefore(Footprint before, Footprint now) {
    assertThat(now.threads()).as("threads").isEqualTo(before.threads());
    assertThat(now.heapBytes()).as("live heap").isLessThan(before.heapBytes() + HEAP_SLACK);
    assertThat(now.directBytes()).as("buffers").isLessThan(before.directBytes() + DIRECT_SLACK);
  }

  private static BrokerProcess start(boolean severalUsers) throws IOException {
    if (!severalUsers) {
      return BrokerProcess.start();
    }
    BrokerProcess broker = BrokerProcess.start("--trust-group", "--group", "" + Storm.GROUP);
    Files.setPosixFilePermissions(
        broker.socket().getParent().getParent(), PosixFilePermissions.fromString("rwx--x--x"));
    return broker;
  }

  private static int total(Storm storm) {
    return storm.sent().values().stream().mapToInt(Integer::intValue).sum();
  }

  private static void say(String format, Object... values) {
    System.out.println("fuzz: " + format.formatted(values));
  }
}
