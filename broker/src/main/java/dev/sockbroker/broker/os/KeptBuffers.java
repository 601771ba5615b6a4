package dev.sockbroker.broker.os;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.util.ArrayDeque;

/**
 * Allocates buffers in memory that outlives the process. All bytes that the broker has taken from
 * the kernel and not passed on are in such buffers. A buffer cannot grow. Loop thread only.
 */
public final class KeptBuffers extends AbstractByteBufAllocator {
  private static final int SIZES = Integer.SIZE;

  /** How many unused objects of one size are kept. */
  private static final int UNUSED_MAX = 1024;

  private final KeptMemory memory;
  private final KeptBlocks blocks;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private final ArrayDeque<KeptBuffer>[] unused = new ArrayDeque[SIZES];

  @SuppressWarnings({"unchecked", "rawtypes"})
  private final ArrayDeque<KeptBuffer>[] released = new ArrayDeque[SIZES];

  private int releasedSizes;

  KeptBuffers(KeptMemory memory, KeptBlocks blocks) {
    super(true);
    this.memory = memory;
    this.blocks = blocks;
    for (int i = 0; i < SIZES; i++) {
      unused[i] = new ArrayDeque<>(1);
      released[i] = new ArrayDeque<>(1);
    }
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    int size = KeptBlocks.sizeFor(initialCapacity);
    KeptBuffer buffer = unused[size].poll();
    return buffer == null ? new KeptBuffer(this, blocks.allocate(size), size) : buffer.again();
  }

  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  private void release(KeptBuffer buffer) {
    released[buffer.size].push(buffer);
    releasedSizes |= 1 << buffer.size;
  }

  /** Makes buffers available that nothing refers to any more. To be called after a commit. */
  void onCommit() {
    for (int sizes = releasedSizes; sizes != 0; sizes &= sizes - 1) {
      int size = Integer.numberOfTrailingZeros(sizes);
      for (KeptBuffer it = released[size].poll(); it != null; it = released[size].poll()) {
        if (unused[size].size() < UNUSED_MAX) {
          unused[size].push(it);
        } else {
          blocks.free(it.offset, size);
        }
      }
    }
    releasedSizes = 0;
  }

  /** A buffer that owns one block. Its object is used again together with the block. */
  private static final class KeptBuffer extends UnpooledDirectByteBuf {
    private final KeptBuffers owner;
    private final long offset;
    private final int size;
    private final long address;

    KeptBuffer(KeptBuffers owner, long offset, int size) {
      super(owner, owner.memory.memory().asSlice(offset, 1L << size).asByteBuffer(), 1 << size);
      this.owner = owner;
      this.offset = offset;
      this.size = size;
      address = owner.memory.memory().address() + offset;
      setIndex(0, 0);
    }

    KeptBuffer again() {
      resetRefCnt();
      setIndex(0, 0);
      return this;
    }

    @Override
    public ByteBufAllocator alloc() {
      return owner;
    }

    @Override
    public boolean hasMemoryAddress() {
      return true;
    }

    @Override
    public long memoryAddress() {
      return address;
    }

    @Override
    protected void deallocate() {
      owner.release(this);
    }
  }
}
