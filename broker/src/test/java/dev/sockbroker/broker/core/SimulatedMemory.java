package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import java.nio.ByteBuffer;

/** Memory that a test shares with the core like a client. */
final class SimulatedMemory implements Kernel.SharedMemory {
  private final ByteBuffer memory;
  private final int[] fds;
  private Runnable onDoorbell;
  private boolean closed;

  SimulatedMemory(int length, int fd, Runnable onDoorbell) {
    fds = new int[] {fd, fd + 1};
    // Words are read and written atomically, so they must be aligned.
    memory = ByteBuffer.allocateDirect(length + Long.BYTES).alignedSlice(Long.BYTES);
    this.onDoorbell = onDoorbell;
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int[] fds() {
    return fds;
  }

  /** Another broker takes it over. */
  void adopt(Runnable onNewDoorbell) {
    onDoorbell = onNewDoorbell;
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
