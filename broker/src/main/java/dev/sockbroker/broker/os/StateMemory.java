package dev.sockbroker.broker.os;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * Memory that two brokers share during an upgrade (memfd_create(2)): the state, and before it one
 * word that decides which of them owns it. Only one of two compare-and-swaps can win, so there is
 * no moment with two owners or none, whichever process ends when (rule U2).
 */
public final class StateMemory implements AutoCloseable {
  private static final int F_ADD_SEALS = 1033;

  /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW. */
  private static final int SEALS = 1 | 2 | 4;

  /** The state begins after one page. */
  private static final int STATE_AT = 4096;

  /** The value of the word until a broker takes ownership. Not 0, which an empty file contains. */
  private static final int FROZEN = 1;

  private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

  private final Arena arena = Arena.ofShared();
  private final SystemCalls calls = new SystemCalls();
  private final int fd;
  private final MemorySegment memory;

  /** The two brokers. */
  public enum Owner {
    OLD(2),
    NEW(3);

    private final int word;

    Owner(int word) {
      this.word = word;
    }
  }

  private StateMemory(int fd, long bytes) throws IOException {
    this.fd = fd;
    try (FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + fd), READ, WRITE)) {
      memory = channel.map(MapMode.READ_WRITE, 0, STATE_AT + bytes, arena);
    }
  }

  /** Creates memory for a state of this length. Its word says that nobody owns it. */
  public static StateMemory create(long bytes) throws IOException {
    MemoryCalls memoryCalls = new MemoryCalls();
    SystemCalls calls = new SystemCalls();
    int fd = memoryCalls.memfdCreate("sockbroker-state");
    int answer = fd < 0 ? fd : memoryCalls.ftruncate(fd, STATE_AT + bytes);
    answer = answer < 0 ? answer : calls.fcntl(fd, F_ADD_SEALS, SEALS);
    if (answer < 0) {
      if (fd >= 0) {
        calls.close(fd);
      }
      throw new IOException("cannot make memory for the state: " + Errno.name(-answer));
    }
    StateMemory state = new StateMemory(fd, bytes);
    WORD.setVolatile(state.memory, 0L, FROZEN);
    return state;
  }

  /** Maps the memory that another broker has sent. */
  public static StateMemory open(int fd, long bytes) throws IOException {
    return new StateMemory(fd, bytes);
  }

  public int fd() {
    return fd;
  }

  /** The bytes of the state. Must not be accessed after {@link #close}. */
  public ByteBuffer state() {
    return memory.asSlice(STATE_AT).asByteBuffer();
  }

  /**
   * Becomes the owner.
   *
   * @return false if the other one was faster
   */
  public boolean own(Owner owner) {
    return WORD.compareAndSet(memory, 0L, FROZEN, owner.word);
  }

  @Override
  public void close() {
    arena.close();
    calls.close(fd);
  }
}
