package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel.SharedMemory;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * A mapped file in memory (memfd_create(2)) with an eventfd(2) as its doorbell. The file is sealed
 * before it is passed to a client. If a client could shrink it, an access by the broker would raise
 * SIGBUS.
 */
final class MemoryFile implements SharedMemory {
  private final SystemCalls calls;
  private final Arena arena = Arena.ofConfined();
  private final Readiness doorbell;

  /** Null if nothing outlives the process. */
  private final Kept kept;

  private final int fd;
  private ByteBuffer memory;

  private MemoryFile(SystemCalls calls, Kept kept, int fd, Readiness doorbell) {
    this.kept = kept;
    this.calls = calls;
    this.fd = fd;
    this.doorbell = doorbell;
  }

  static MemoryFile create(
      IoEventLoop loop,
      SystemCalls calls,
      ValueCalls values,
      Kept kept,
      long length,
      Runnable onDoorbell) {
    MemoryCalls memoryCalls = new MemoryCalls();
    int fd = SealedMemory.create(memoryCalls, calls, "sockbroker-ring", length);
    if (fd < 0) {
      throw RefusedException.ofCall(fd, "make " + length + " bytes of shared memory");
    }
    int bell = memoryCalls.eventfd();
    if (bell < 0) {
      calls.close(fd);
      throw RefusedException.ofCall(bell, "make a doorbell");
    }
    return adopt(loop, calls, values, kept, fd, bell, length, onDoorbell);
  }

  /** Takes over the memory and the doorbell of another broker. */
  static MemoryFile adopt(
      IoEventLoop loop,
      SystemCalls calls,
      ValueCalls values,
      Kept kept,
      int fd,
      int bell,
      long length,
      Runnable onDoorbell) {
    MemoryFile file =
        new MemoryFile(calls, kept, fd, new Readiness(loop, calls, values, kept, bell));
    file.map(length);
    file.listen(onDoorbell);
    return file;
  }

  private void listen(Runnable onDoorbell) {
    // The eventfd is never read. It is edge-triggered, so each ring is reported, and its counter
    // cannot overflow.
    doorbell.listener(ready -> onDoorbell.run());
    doorbell.arm(KernelSocket.IN);
  }

  private void map(long length) {
    try {
      memory = SealedMemory.map(fd, length, arena).asByteBuffer();
    } catch (IOException e) {
      close();
      throw new UncheckedIOException("cannot map shared memory", e);
    }
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int[] fds() {
    return new int[] {fd, doorbell.fd().intValue()};
  }

  @Override
  public void close() {
    if (kept == null) {
      calls.close(fd);
    } else {
      kept.closeLater(() -> calls.close(fd));
    }
    doorbell.close();
    arena.close();
  }
}
