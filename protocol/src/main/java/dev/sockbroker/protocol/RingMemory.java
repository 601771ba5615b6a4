package dev.sockbroker.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The words that broker and worker share in a ring's memory; README.md has the same for other
 * languages. One page of words, then the bytes of each direction.
 *
 * <p>A position counts bytes from the ring's beginning; the byte of position p stands at p modulo
 * the size. Who puts bytes moves the tail, who takes them the head, each only its own. A watch is
 * the position that its owner waits for, 0 for none: who moves the position there takes the watch
 * away and rings the doorbell. Owner and mover each write their own word and then read the other's,
 * in one order for all, so one of the two always sees the other.
 *
 * <p>Nothing is checked here: what the other side has written must not be believed.
 */
public final class RingMemory {
  /** Where the bytes begin. */
  public static final int WORDS_BYTES = 4096;

  /** The smallest and the largest size of a direction. */
  public static final int BYTES_MIN = 4096;

  public static final int BYTES_MAX = 64 << 20;

  /** {@link #receiveEnd()} without an error. */
  public static final long ENDED = 1;

  /** A cache line for the words that one side writes. */
  private static final int RECEIVE_TAIL = 64;

  private static final int RECEIVE_END = 72;
  private static final int TAKE_WATCH = 80;
  private static final int RECEIVE_HEAD = 128;
  private static final int DATA_WATCH = 136;
  private static final int SEND_TAIL = 192;
  private static final int SPACE_WATCH = 200;
  private static final int SEND_HEAD = 256;
  private static final int SEND_END = 264;
  private static final int SEND_WATCH = 272;

  private static final VarHandle WORD =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;

  /**
   * @param memory shared, aligned, {@link #WORDS_BYTES} and twice the size
   */
  public RingMemory(ByteBuffer memory) {
    this.memory = memory;
  }

  /** The length of the shared memory of a ring. */
  public static long length(int bytes) {
    return WORDS_BYTES + 2L * bytes;
  }

  /** Whether a direction can have this size. */
  public static boolean isSize(int bytes) {
    return bytes >= BYTES_MIN && bytes <= BYTES_MAX && Integer.bitCount(bytes) == 1;
  }

  /** How many bytes the broker has put in for the worker. */
  public long receiveTail() {
    return get(RECEIVE_TAIL);
  }

  public void receiveTail(long position) {
    set(RECEIVE_TAIL, position);
  }

  /** 0, or what stands behind the last byte: {@link #ENDED}, plus the errno if it is an error. */
  public long receiveEnd() {
    return get(RECEIVE_END);
  }

  public void receiveEnd(long end) {
    set(RECEIVE_END, end);
  }

  /** How many bytes the worker has taken. */
  public long receiveHead() {
    return get(RECEIVE_HEAD);
  }

  public void receiveHead(long position) {
    set(RECEIVE_HEAD, position);
  }

  /** The tail that the worker waits for. */
  public void watchData(long position) {
    set(DATA_WATCH, position);
  }

  /** Whether the worker waits for data. */
  public boolean isDataWatched() {
    return get(DATA_WATCH) != 0;
  }

  /** Whether the worker waits for this tail; asked once, by the broker. */
  public boolean endDataWatch(long tail) {
    return endWatch(DATA_WATCH, tail);
  }

  /** The head that the broker waits for. */
  public void watchTake(long position) {
    set(TAKE_WATCH, position);
  }

  /** Whether the broker waits for this head; asked once, by the worker. */
  public boolean endTakeWatch(long head) {
    return endWatch(TAKE_WATCH, head);
  }

  /** How many bytes the worker has put in to be sent. */
  public long sendTail() {
    return get(SEND_TAIL);
  }

  public void sendTail(long position) {
    set(SEND_TAIL, position);
  }

  /** How many bytes the kernel has taken. */
  public long sendHead() {
    return get(SEND_HEAD);
  }

  public void sendHead(long position) {
    set(SEND_HEAD, position);
  }

  /** 0, or the errno for which nothing more will be sent. */
  public long sendEnd() {
    return get(SEND_END);
  }

  public void sendEnd(long errno) {
    set(SEND_END, errno);
  }

  /** The tail that the broker waits for. */
  public void watchSend(long position) {
    set(SEND_WATCH, position);
  }

  /** Whether the broker waits for this tail; asked once, by the worker. */
  public boolean endSendWatch(long tail) {
    return endWatch(SEND_WATCH, tail);
  }

  /** The head that the worker waits for. */
  public void watchSpace(long position) {
    set(SPACE_WATCH, position);
  }

  /** Whether the worker waits for this head; asked once, by the broker. */
  public boolean endSpaceWatch(long head) {
    return endWatch(SPACE_WATCH, head);
  }

  private boolean endWatch(int watch, long position) {
    long watched = get(watch);
    return watched != 0 && position >= watched && WORD.compareAndSet(memory, watch, watched, 0L);
  }

  private long get(int offset) {
    return (long) WORD.getVolatile(memory, offset);
  }

  private void set(int offset, long value) {
    WORD.setVolatile(memory, offset, value);
  }
}
