package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UnsentTest {
  private static final int FRAME = 100;

  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private final Unsent unsent = new Unsent(buffers);

  @AfterEach
  void shouldReleaseEverything() {
    unsent.clear();
    assertThat(unsent.bytes()).isZero();
    assertThat(unsent.memory()).isZero();
    assertThat(buffers.metric().usedDirectMemory()).isZero();
  }

  private ByteBuf payload(int count) {
    return buffers.directBuffer(count).writeZero(count);
  }

  @Test
  void shouldLetSmallFramesShareMemory() {
    for (int i = 0; i < Unsent.SHARED_BYTES / FRAME; i++) {
      unsent.copy(ByteBuffer.allocate(FRAME));
    }
    assertThat(unsent.memory()).isEqualTo(Unsent.SHARED_BYTES);
    assertThat(buffers.metric().usedDirectMemory()).isEqualTo(Unsent.SHARED_BYTES);
  }

  @Test
  void shouldUseLargerSegmentsForABurst() {
    for (int i = 0; i < 1000; i++) {
      unsent.copy(ByteBuffer.allocate(FRAME));
    }
    assertThat(unsent.bytes()).isEqualTo(1000 * FRAME);
    assertThat(unsent.segments()).isLessThan(16);
  }

  @Test
  void shouldNotCopyALargePayload() {
    ByteBuf large = payload(Unsent.COPY_BYTES_MAX + 1);
    unsent.copy(ByteBuffer.allocate(FRAME));
    unsent.add(large);
    assertThat(large.refCnt()).isEqualTo(1);
    assertThat(unsent.segments()).isEqualTo(2);
  }

  @Test
  void shouldCopyASmallPayload() {
    ByteBuf small = payload(Unsent.COPY_BYTES_MAX);
    unsent.copy(ByteBuffer.allocate(FRAME));
    unsent.add(small);
    assertThat(small.refCnt()).isZero();
    assertThat(unsent.segments()).isEqualTo(1);
  }

  @Test
  void shouldKeepNothingOfAnEmptyPayload() {
    unsent.add(payload(0));
    assertThat(unsent.isEmpty()).isTrue();
    unsent.copy(ByteBuffer.allocate(FRAME));
    assertThat(unsent.bytes()).isEqualTo(FRAME);
  }

  @Test
  void shouldKeepTheOrder() {
    unsent.copy(ByteBuffer.wrap(new byte[] {1}));
    unsent.add(payload(Unsent.COPY_BYTES_MAX + 1).setByte(0, 2));
    unsent.copy(ByteBuffer.wrap(new byte[] {3}));
    ByteBuf view = unsent.view();
    assertThat(view.readableBytes()).isEqualTo(Unsent.COPY_BYTES_MAX + 3);
    assertThat(view.getByte(0)).isEqualTo((byte) 1);
    assertThat(view.getByte(1)).isEqualTo((byte) 2);
    assertThat(view.getByte(Unsent.COPY_BYTES_MAX + 2)).isEqualTo((byte) 3);
  }
}
