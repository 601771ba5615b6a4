package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.broker.state.BufferMemory;
import dev.sockbroker.protocol.Errno;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * Memory that outlives the process, because a {@link Holder} keeps its file open (memfd_create(2)).
 * It has three parts: the head with single words, the log of system calls, and the heap. The file
 * is sparse: the kernel allocates a page when it is first written.
 */
public final class KeptMemory implements BufferMemory, AutoCloseable {
  /** The size of the file, which nobody can change. Its unused pages do not exist. */
  private static final long BYTES = 64L << 30;

  private static final long MAGIC = 0x534f_434b_4b45_5054L;
  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = 8;
  private static final int COMMIT_AT = 16;
  private static final int OWNER_AT = 24;

  /** Six words: see {@code Ledger.Ids}. */
  static final int IDS_AT = 64;

  /** See {@link CrashTimes}. */
  static final int CRASHES_AT = 128;

  /** The records' extents, see {@link KeptRecords}. */
  static final long EXTENTS_AT = 4096;

  static final int EXTENTS_MAX = 64 << 10;

  static final long CALLS_AT = EXTENTS_AT + 8L * EXTENTS_MAX;
  static final long HEAP_AT = 128 << 20;

  private static final VarHandle WORD = JAVA_LONG.varHandle();

  private final Arena arena = Arena.ofShared();
  private final SystemCalls calls = new SystemCalls();
  private final int fd;
  private final MemorySegment memory;

  private KeptMemory(int fd) throws IOException {
    this.fd = fd;
    memory = SealedMemory.map(fd, BYTES, arena);
  }

  /**
   * Creates empty memory.
   *
   * @param version of the format of the records in it
   */
  public static KeptMemory create(int version) throws IOException {
    int fd = SealedMemory.create(new MemoryCalls(), new SystemCalls(), "sockbroker-kept", BYTES);
    if (fd < 0) {
      throw new IOException("cannot make memory that outlives the broker: " + Errno.name(-fd));
    }
    KeptMemory made = new KeptMemory(fd);
    made.memory.set(JAVA_LONG, VERSION_AT, version);
    made.memory.set(JAVA_LONG, MAGIC_AT, MAGIC);
    return made;
  }

  /** Maps the memory of a broker that has ended. It may be damaged. */
  public static KeptMemory open(int fd) throws IOException {
    return new KeptMemory(fd);
  }

  /** Whether its begin is that of such memory. */
  boolean isMarked() {
    return memory.get(JAVA_LONG, MAGIC_AT) == MAGIC;
  }

  public int fd() {
    return fd;
  }

  /** The version of the format of its records. */
  public int version() {
    return (int) memory.get(JAVA_LONG, VERSION_AT);
  }

  /** All of it. */
  public MemorySegment memory() {
    return memory;
  }

  /** The number of the last commit. What was written for a later one does not count. */
  public long commit() {
    return (long) WORD.getAcquire(memory, (long) COMMIT_AT);
  }

  void commit(long number) {
    WORD.setRelease(memory, (long) COMMIT_AT, number);
  }

  /** Becomes the owner of memory that this process has created. */
  public void own() throws IOException {
    WORD.setVolatile(memory, (long) OWNER_AT, identity(ProcessHandle.current().pid()));
  }

  /**
   * Becomes the owner if the owner has ended. Of several brokers that try it only one can succeed.
   */
  public boolean ownIfOrphaned() throws IOException {
    long owner = (long) WORD.getVolatile(memory, (long) OWNER_AT);
    return !isAlive(owner)
        && WORD.compareAndSet(
            memory, (long) OWNER_AT, owner, identity(ProcessHandle.current().pid()));
  }

  private static boolean isAlive(long owner) {
    long pid = owner >>> Integer.SIZE;
    try {
      return identity(pid) == owner && !ProcessFacts.isZombie(pid);
    } catch (IOException e) {
      return false;
    }
  }

  /** The pid, and a part of the start time, because a later process may have the pid. */
  private static long identity(long pid) throws IOException {
    return pid << Integer.SIZE | ProcessFacts.of(pid).startTicks() & 0xffff_ffffL;
  }

  /**
   * Copies it to a file that only this user can read, and that is as sparse as the memory.
   *
   * @param bytesMax how many bytes of pages that exist are copied
   * @throws IOException if there are more, or the file cannot be written. It may exist then
   */
  public void copyTo(Path file, long bytesMax) throws IOException {
    SparseCopy.copy(fd, file, bytesMax);
  }

  @Override
  public long offset(long address) {
    long offset = address - memory.address();
    return offset >= HEAP_AT && offset < BYTES ? offset : -1;
  }

  @Override
  public void read(long offset, int length, ByteBuf into) {
    if (offset < HEAP_AT || length < 0 || length > BYTES - offset) {
      throw new IllegalArgumentException(length + " bytes at " + offset);
    }
    into.writeBytes(memory.asSlice(offset, length).asByteBuffer());
  }

  @Override
  public void close() {
    arena.close();
    calls.close(fd);
  }
}
