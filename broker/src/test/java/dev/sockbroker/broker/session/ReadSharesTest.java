package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReadSharesTest {
  private static final int WANTED = ReadShares.PASS_BYTES / 2;
  private static final int CROWD = 100;

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterPass = new ArrayDeque<>();
  private final ReadShares shares = new ReadShares(tasks::add, afterPass::add);

  @Test
  void shouldLetOneReadAsMuchAsItWants() {
    for (int passes = 0; passes < 3; passes++) {
      assertThat(read()).isEqualTo(WANTED);
      pass();
    }
  }

  @Test
  void shouldBoundWhatAllReadInOnePass() {
    List<Integer> sizes = readAll();

    assertThat(sizes.subList(0, 2)).containsOnly(WANTED);
    assertThat(sizes.subList(2, CROWD)).containsOnly(ReadShares.SMALL_BYTES);
  }

  @Test
  void shouldGiveEqualSharesToACrowd() {
    readAll();
    pass();

    assertThat(readAll()).containsOnly(ReadShares.PASS_BYTES / CROWD);
  }

  @Test
  void shouldGiveAllToOneWhenTheOthersHaveGone() {
    readAll();
    pass();
    read();
    pass();

    assertThat(read()).isEqualTo(WANTED);
  }

  @Test
  void shouldAskForTheEndOfAPassOnce() {
    readAll();
    shares.readLater(() -> {});

    assertThat(afterPass).hasSize(1);
  }

  @Test
  void shouldLetEachReadOnceInAPass() {
    int[] reads = new int[1];
    ReadShares.Reader[] reader = new ReadShares.Reader[1];
    reader[0] =
        () -> {
          reads[0]++;
          shares.readLater(reader[0]);
        };
    shares.readLater(reader[0]);
    assertThat(tasks).isEmpty();

    for (int passes = 1; passes <= 3; passes++) {
      pass();
      tasks.remove().run();
      assertThat(reads[0]).isEqualTo(passes);
    }
  }

  private List<Integer> readAll() {
    return IntStream.range(0, CROWD).mapToObj(_ -> read()).toList();
  }

  /** Fills the whole buffer, like a client that writes as fast as it can. */
  private int read() {
    int size = shares.size(WANTED);
    shares.onRead(size);
    return size;
  }

  private void pass() {
    afterPass.remove().run();
  }
}
