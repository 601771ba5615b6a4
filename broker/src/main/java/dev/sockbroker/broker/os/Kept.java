package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.state.StateFormat;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What outlives the process: the records of the entities, the buffers with bytes on their way, and
 * the log of system calls, all in one {@link KeptMemory}. Loop thread only.
 */
public final class Kept implements Ledger {
  private final KeptMemory memory;
  private final KeptBlocks blocks;
  private final KeptBuffers buffers;
  private final CallLog calls;
  private final KeptRecords records;
  private Runnable onDue = () -> {};
  private Runnable write = () -> {};
  private boolean pending;
  private List<Runnable> closing = new ArrayList<>();
  private List<Runnable> closingNow = new ArrayList<>();

  private Kept(KeptMemory memory) {
    this.memory = memory;
    blocks = new KeptBlocks(KeptMemory.HEAP_AT, memory.memory().byteSize());
    buffers = new KeptBuffers(memory, blocks);
    calls = new CallLog(memory);
    records = new KeptRecords(memory, blocks);
  }

  /** Creates empty memory, which contains no state before the first commit. */
  public static Kept create() throws IOException {
    return new Kept(KeptMemory.create(StateFormat.VERSION));
  }

  public KeptMemory memory() {
    return memory;
  }

  /** The allocator of all buffers with bytes that have been taken and not passed on. */
  public ByteBufAllocator buffers() {
    return buffers;
  }

  CallLog calls() {
    return calls;
  }

  /**
   * Closes something after the next commit. If the process is killed before that, it is still open
   * and belongs to the state.
   */
  void closeLater(Runnable close) {
    closing.add(close);
    onDue.run();
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public void onBehalfOf(long session, long request) {
    calls.onBehalfOf(session, request);
  }

  @Override
  public void answering(long handled) {
    calls.answering(handled);
  }

  @Override
  public void put(Kind kind, long id, Record saved) {
    records.put(kind, id, saved);
  }

  /** Likewise, outside all requests. A commit follows soon. */
  public void putNow(Kind kind, long id, Record saved) {
    put(kind, id, saved);
    pending = true;
    onDue.run();
  }

  @Override
  public void remove(Kind kind, long id) {
    records.remove(kind, id);
  }

  @Override
  public void writer(Runnable whenDue, Runnable toWrite) {
    onDue = whenDue;
    write = toWrite;
    calls.onDue(whenDue);
  }

  @Override
  public void update() {
    write.run();
  }

  @Override
  public boolean isDue() {
    return pending || calls.isDue() || !closing.isEmpty();
  }

  @Override
  public void commit(Ids ids) {
    pending = false;
    records.commit(ids);
    calls.onCommit();
    records.onCommit();
    buffers.onCommit();
    blocks.onCommit();
    List<Runnable> all = closing;
    closing = closingNow;
    closingNow = all;
    all.forEach(Runnable::run);
    all.clear();
  }
}
