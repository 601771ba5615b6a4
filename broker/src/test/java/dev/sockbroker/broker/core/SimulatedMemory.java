package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import java.nio.ByteBuffer;

/** Memory that a test shares with the core, as a client would. */
final class SimulatedMemory implements Kernel.SharedMemory {
  private final ByteBuffer memory;
  private final Runnable onDoorbell;
  private boolean closed;

  SimulatedMemory(int length, Runnable onDoorbell) {
    // Words are read and written in one piece: they must stand at multiples of their size.
    memory = ByteBuffer.allocateDirect(length + Long.BYTES).alignedSlice(Long.BYTES);
    this.onDoorbell = onDoorbell;
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int[] fds() {
    return new int[] {101, 102};
  }

  @Override
  public void passed() {
    // There are no fds to close.
  }

  /** The client rings. */
  void ring() {
    onDoorbell.run();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
  }
}
