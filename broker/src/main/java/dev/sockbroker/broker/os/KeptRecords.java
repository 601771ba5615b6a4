package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.state.EntityFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The records of the entities. A new record of an entity goes into a new block, which begins with
 * the number of the commit that makes it valid. The former one is freed after that commit. So a
 * reader finds one valid record of each entity, whenever the process was killed. Loop thread only.
 *
 * <pre>
 *   8 bytes  the number of the commit, 0 if the block is free
 *   8 bytes  the kind and the id of the entity
 *   4 bytes  length of the record, -1 if the entity is gone
 *   ...      the record
 * </pre>
 */
final class KeptRecords {
  static final int COMMIT = 0;
  static final int KEY = 8;
  static final int LENGTH = 16;
  static final int RECORD = 20;
  static final int GONE = -1;

  /** Records are in extents of blocks of one size. This is the smallest extent. */
  static final int EXTENT = 16;

  private static final int KIND_SHIFT = 56;
  private static final int SIZES = Integer.SIZE;

  private final MemorySegment memory;
  private final KeptMemory kept;
  private final KeptBlocks blocks;
  private final ByteBuf out = Unpooled.directBuffer(4096);
  private final EntityFormat format;
  private final Map<Long, Block> current = new HashMap<>();
  private final List<Block> replaced = new ArrayList<>();

  @SuppressWarnings({"unchecked", "rawtypes"})
  private final ArrayList<Block>[] free = new ArrayList[SIZES];

  private int extents;

  private record Block(long offset, int size) {}

  KeptRecords(KeptMemory kept, KeptBlocks blocks) {
    this.kept = kept;
    this.blocks = blocks;
    memory = kept.memory();
    format = new EntityFormat(out, kept);
    for (int i = 0; i < SIZES; i++) {
      free[i] = new ArrayList<>();
    }
  }

  static long key(Ledger.Kind kind, long id) {
    return (long) kind.ordinal() << KIND_SHIFT | id;
  }

  static long id(long key) {
    return key & (1L << KIND_SHIFT) - 1;
  }

  static Ledger.Kind kind(long key) {
    return Ledger.Kind.values()[(int) (key >>> KIND_SHIFT)];
  }

  void put(Ledger.Kind kind, long id, Record saved) {
    out.clear();
    format.write(saved);
    long key = key(kind, id);
    Block block = write(key, out.readableBytes());
    MemorySegment.copy(
        MemorySegment.ofBuffer(out.internalNioBuffer(0, out.readableBytes())),
        0,
        memory,
        block.offset + RECORD,
        out.readableBytes());
    replace(key, block);
  }

  void remove(Ledger.Kind kind, long id) {
    long key = key(kind, id);
    if (current.containsKey(key)) {
      // Until the commit the former record is valid, and after it this one, which is freed next.
      Block gone = write(key, GONE);
      replace(key, null);
      replaced.add(gone);
    }
  }

  private Block write(long key, int length) {
    Block block = allocate(KeptBlocks.sizeFor(RECORD + Math.max(0, length)));
    memory.set(JAVA_LONG, block.offset + KEY, key);
    memory.set(JAVA_INT, block.offset + LENGTH, length);
    memory.set(JAVA_LONG, block.offset + COMMIT, kept.commit() + 1);
    return block;
  }

  private void replace(long key, Block next) {
    Block former = next == null ? current.remove(key) : current.put(key, next);
    if (former == null) {
      return;
    }
    if (memory.get(JAVA_LONG, former.offset + COMMIT) > kept.commit()) {
      // It was written for the same commit, which must not make both valid.
      free(former);
    } else {
      replaced.add(former);
    }
  }

  private void free(Block block) {
    memory.set(JAVA_LONG, block.offset + COMMIT, 0);
    free[block.size].add(block);
  }

  private Block allocate(int size) {
    ArrayList<Block> unused = free[size];
    if (unused.isEmpty()) {
      extend(size);
    }
    return unused.removeLast();
  }

  /** Adds blocks of one size, and notes where they are. */
  private void extend(int size) {
    if (extents == KeptMemory.EXTENTS_MAX) {
      throw new OutOfMemoryError("the records that outlive the broker have no more room");
    }
    int extent = Math.max(size, EXTENT);
    long begin = blocks.allocate(extent);
    for (long at = begin + (1L << extent) - (1L << size); at >= begin; at -= 1L << size) {
      memory.set(JAVA_LONG, at + COMMIT, 0);
      free[size].add(new Block(at, size));
    }
    memory.set(JAVA_LONG, KeptMemory.EXTENTS_AT + 8L * extents++, begin | size);
  }

  /** Makes everything valid that was written. */
  void commit(Ledger.Ids ids) {
    memory.set(JAVA_LONG, KeptMemory.IDS_AT, ids.startedNanos());
    memory.set(JAVA_LONG, KeptMemory.IDS_AT + 8, ids.session());
    memory.set(JAVA_LONG, KeptMemory.IDS_AT + 16, ids.socket());
    memory.set(JAVA_LONG, KeptMemory.IDS_AT + 24, ids.descriptor());
    memory.set(JAVA_LONG, KeptMemory.IDS_AT + 32, ids.token());
    memory.set(JAVA_LONG, KeptMemory.IDS_AT + 40, ids.object());
    kept.commit(kept.commit() + 1);
  }

  /** Frees what the commit has replaced, a former record before the note that it is gone. */
  void onCommit() {
    for (int i = 0; i < replaced.size(); i++) {
      free(replaced.get(i));
    }
    replaced.clear();
  }
}
