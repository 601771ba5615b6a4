package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.os.UncopiedMemory.Range;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * The memory of a holder: a page of code, and a page with its structure and its stack. There is a
 * page without access on either side, so that the kernel joins them with nothing else. The holder
 * has a copy, so this process can unmap its own as soon as the holder exists.
 */
final class HolderMemory implements AutoCloseable {
  /** The fields of struct holder in holder.c. */
  private static final int NAME_MAX = 15;

  private static final int BROKER = 16;
  private static final int BROKER_EVENTS = 20;
  private static final int STREAMS = 24;
  private static final int SECONDS = 40;
  private static final int NANOS = 48;
  private static final int BLOCKED = 56;

  private static final int SIGTERM = 15;

  private static final int STREAM_COUNT = 3;
  private static final int NO_STREAM = -1;
  private static final short POLLIN = 1;

  private final CloneCalls calls;
  private final long page;
  private final long address;

  HolderMemory(CloneCalls calls) throws IOException {
    this.calls = calls;
    page = calls.pageSize();
    address = calls.mmap(4 * page);
  }

  /** The address of the code. */
  long code() {
    return address + page;
  }

  /** The address of the structure, the argument of the code. */
  long structure() {
    return code() + page;
  }

  /** The highest address of the stack, which grows down. */
  long end() {
    return structure() + page;
  }

  /** Whether a mapping is one of the two pages that the holder needs. */
  boolean isPart(Range mapping) {
    return code() <= mapping.from() && mapping.to() <= end();
  }

  /**
   * Copies the code, which cannot be changed afterwards. On its way to a page that can be executed
   * the kernel also cleans the caches of the CPU.
   */
  void writeCode(byte[] code) throws IOException {
    calls.mprotect(code(), page, CloneCalls.PROT_READ_WRITE);
    segment(code()).copyFrom(MemorySegment.ofArray(code));
    calls.mprotect(code(), page, CloneCalls.PROT_READ_EXECUTE);
  }

  /**
   * Fills in the structure.
   *
   * @param name at most 15 characters
   * @param pidfd the broker's
   * @param streams the numbers of up to three descriptors that are closed when the broker has ended
   * @param grace how long the holder lives from then on
   */
  void writeStructure(String name, int pidfd, List<Integer> streams, Duration grace)
      throws IOException {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    if (text.length > NAME_MAX) {
      throw new IllegalArgumentException(name);
    }
    calls.mprotect(structure(), page, CloneCalls.PROT_READ_WRITE);
    MemorySegment structure = segment(structure());
    MemorySegment.copy(text, 0, structure, JAVA_BYTE, 0, text.length);
    structure.set(JAVA_INT, BROKER, pidfd);
    structure.set(JAVA_SHORT, BROKER_EVENTS, POLLIN);
    for (int i = 0; i < STREAM_COUNT; i++) {
      structure.set(JAVA_INT, STREAMS + 4L * i, i < streams.size() ? streams.get(i) : NO_STREAM);
    }
    structure.set(JAVA_LONG, SECONDS, grace.toSeconds());
    structure.set(JAVA_LONG, NANOS, grace.toNanosPart());
    structure.set(JAVA_LONG, BLOCKED, ~(1L << SIGTERM - 1));
  }

  @SuppressWarnings("restricted")
  private MemorySegment segment(long at) {
    return MemorySegment.ofAddress(at).reinterpret(page);
  }

  @Override
  public void close() {
    calls.munmap(address, 4 * page);
  }
}
