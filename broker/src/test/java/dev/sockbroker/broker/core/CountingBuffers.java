package dev.sockbroker.broker.core;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/** Heap buffers that are counted, so that a leak is detected immediately. */
final class CountingBuffers extends AbstractByteBufAllocator {
  private int live;

  int live() {
    return live;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    live++;
    return new Counted(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return newHeapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  private final class Counted extends UnpooledHeapByteBuf {
    Counted(int initialCapacity, int maxCapacity) {
      super(CountingBuffers.this, initialCapacity, maxCapacity);
    }

    @Override
    protected void deallocate() {
      live--;
      super.deallocate();
    }
  }
}
