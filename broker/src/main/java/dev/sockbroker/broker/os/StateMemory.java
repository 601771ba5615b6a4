package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * Memory that two brokers share during an upgrade (memfd_create(2)): the state, and before it one
 * word that decides which of them owns it. Only one of two compare-and-swaps can win, so there is
 * no moment with two owners or none, even if a process is killed (rule 56).
 */
public final class StateMemory implements AutoCloseable {
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
    memory = SealedMemory.map(fd, STATE_AT + bytes, arena);
  }

  /** Creates memory for a state of this length. Its word says that nobody owns it. */
  public static StateMemory create(long bytes) throws IOException {
    int fd =
        SealedMemory.create(
            new MemoryCalls(), new SystemCalls(), "sockbroker-state", STATE_AT + bytes);
    if (fd < 0) {
      throw new IOException("cannot make memory for the state: " + Errno.name(-fd));
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
