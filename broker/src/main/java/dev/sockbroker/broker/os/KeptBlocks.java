package dev.sockbroker.broker.os;

import java.util.Arrays;

/**
 * Divides the heap of the kept memory into blocks of powers of two. A block that was freed can be
 * used again only after the next commit, because the state of the last one may refer to it. Loop
 * thread only.
 */
final class KeptBlocks {
  /** Blocks have 2^6 to 2^26 bytes. */
  private static final int SMALLEST = 6;

  private static final int LARGEST = 26;

  /** Small blocks are cut from pieces of this size. */
  private static final int PIECE = 16;

  private final Stack[] free = new Stack[LARGEST + 1];
  private final Stack[] freed = new Stack[LARGEST + 1];
  private final long limit;
  private long end;

  /** A stack of offsets. */
  private static final class Stack {
    private long[] offsets = new long[16];
    private int size;

    void push(long offset) {
      if (size == offsets.length) {
        offsets = Arrays.copyOf(offsets, 2 * size);
      }
      offsets[size++] = offset;
    }

    long pop() {
      return offsets[--size];
    }

    void moveTo(Stack other) {
      for (int i = 0; i < size; i++) {
        other.push(offsets[i]);
      }
      size = 0;
    }
  }

  KeptBlocks(long begin, long limit) {
    end = begin;
    this.limit = limit;
    for (int i = SMALLEST; i <= LARGEST; i++) {
      free[i] = new Stack();
      freed[i] = new Stack();
    }
  }

  /** Returns the size of the block for a length, as the exponent of 2. */
  static int sizeFor(int bytes) {
    if (bytes <= 1 << SMALLEST) {
      return SMALLEST;
    } else if (bytes > 1 << LARGEST) {
      throw new OutOfMemoryError("a block of " + bytes + " bytes");
    }
    return Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1);
  }

  /** Returns the offset of a block that nothing refers to. */
  long allocate(int size) {
    Stack blocks = free[size];
    if (blocks.size == 0) {
      cut(size);
    }
    return blocks.pop();
  }

  private void cut(int size) {
    int piece = Math.max(size, PIECE);
    long begin = -(-end >> piece << piece);
    if (begin + (1L << piece) > limit) {
      throw new OutOfMemoryError("the memory that outlives the broker is full");
    }
    end = begin + (1L << piece);
    for (long at = end - (1L << size); at >= begin; at -= 1L << size) {
      free[size].push(at);
    }
  }

  /** Frees a block after the next commit. */
  void free(long offset, int size) {
    freed[size].push(offset);
  }

  /** To be called after a commit. */
  void onCommit() {
    for (int i = SMALLEST; i <= LARGEST; i++) {
      if (freed[i].size > 0) {
        freed[i].moveTo(free[i]);
      }
    }
  }
}
