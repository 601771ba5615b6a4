package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadSharesTest {
  private static final int WANTED = ReadShares.PASS_BYTES / 2;
  private static final int CROWD = 100;

  private final ArrayDeque<Runnable> afterPass = new ArrayDeque<>();
  private final ReadShares shares =
      new ReadShares(new FixedRecvByteBufAllocator(WANTED), afterPass::add);

  @Test
  void shouldLetOneReadAsMuchAsItWants() {
    RecvByteBufAllocator.ExtendedHandle alone = shares.newHandle();

    for (int passes = 0; passes < 3; passes++) {
      assertThat(read(alone)).isEqualTo(WANTED);
      pass();
    }
  }

  @Test
  void shouldBoundWhatAllReadInOnePass() {
    List<Integer> sizes = readAll(crowd());

    assertThat(sizes.subList(0, 2)).containsOnly(WANTED);
    assertThat(sizes.subList(2, CROWD)).containsOnly(ReadShares.SMALL_BYTES);
  }

  @Test
  void shouldGiveEqualSharesToACrowd() {
    List<RecvByteBufAllocator.ExtendedHandle> crowd = crowd();
    readAll(crowd);
    pass();

    assertThat(readAll(crowd)).containsOnly(ReadShares.PASS_BYTES / CROWD);
  }

  @Test
  void shouldGiveAllToOneWhenTheOthersHaveGone() {
    RecvByteBufAllocator.ExtendedHandle last = crowd().getLast();
    readAll(crowd());
    pass();
    read(last);
    pass();

    assertThat(read(last)).isEqualTo(WANTED);
  }

  @Test
  void shouldAskForTheEndOfAPassOnce() {
    readAll(crowd());

    assertThat(afterPass).hasSize(1);
  }

  private List<RecvByteBufAllocator.ExtendedHandle> crowd() {
    List<RecvByteBufAllocator.ExtendedHandle> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      crowd.add(shares.newHandle());
    }
    return crowd;
  }

  private static List<Integer> readAll(List<RecvByteBufAllocator.ExtendedHandle> crowd) {
    return crowd.stream().map(ReadSharesTest::read).toList();
  }

  /** Fills the whole buffer, like a client that writes as fast as it can. */
  private static int read(RecvByteBufAllocator.ExtendedHandle handle) {
    ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    int size = buffer.writableBytes();
    buffer.release();
    handle.attemptedBytesRead(size);
    handle.lastBytesRead(size);
    return size;
  }

  private void pass() {
    afterPass.remove().run();
  }
}
