package dev.sockbroker.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The words that broker and worker share in a ring's memory; README.md documents them for other
 * languages. One page of words comes first, followed by the bytes of each direction.
 *
 * <p>A position counts bytes since the ring began. The byte of position p is at offset p modulo the
 * size. The producer of bytes moves the tail, and the consumer moves the head. A watch is the
 * position that its owner waits for, or 0. The side that reaches the position clears the watch and
 * rings the doorbell. Each of the two writes its own word and then reads the other's. These
 * accesses have one total order, so at least one side always sees the other's write.
 *
 * <p>This class checks nothing. Users must not trust the values that the other side has written.
 */
public final class RingMemory {
  /** The offset of the first byte. */
  public static final int WORDS_BYTES = 4096;

  /** The smallest size of a direction, in bytes. Sizes are powers of two. */
  public static final int BYTES_MIN = 4096;

  public static final int BYTES_MAX = 64 << 20;

  /** The value of {@link #receiveEnd()} without an error. */
  public static final long ENDED = 1;

  /** The words that one side writes share a cache line. */
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
   * @param memory shared and aligned; {@link #WORDS_BYTES} plus twice the size of a direction
   */
  public RingMemory(ByteBuffer memory) {
    this.memory = memory;
  }

  /** The length of a ring's shared memory in bytes. */
  public static long length(int bytes) {
    return WORDS_BYTES + 2L * bytes;
  }

  /** Whether a direction may have this size. */
  public static boolean isSize(int bytes) {
    return bytes >= BYTES_MIN && bytes <= BYTES_MAX && Integer.bitCount(bytes) == 1;
  }

  /** The number of bytes that the broker has written for the worker. */
  public long receiveTail() {
    return get(RECEIVE_TAIL);
  }

  public void receiveTail(long position) {
    set(RECEIVE_TAIL, position);
  }

  /**
   * 0 while the stream continues, otherwise {@link #ENDED}, plus the errno if there was an error.
   */
  public long receiveEnd() {
    return get(RECEIVE_END);
  }

  public void receiveEnd(long end) {
    set(RECEIVE_END, end);
  }

  /** The number of bytes that the worker has taken. */
  public long receiveHead() {
    return get(RECEIVE_HEAD);
  }

  public void receiveHead(long position) {
    set(RECEIVE_HEAD, position);
  }

  /** Sets the tail that the worker waits for. */
  public void watchData(long position) {
    set(DATA_WATCH, position);
  }

  /** Whether the worker waits for data. */
  public boolean isDataWatched() {
    return get(DATA_WATCH) != 0;
  }

  /** Clears the worker's watch and returns true if this tail reaches it. The broker calls it. */
  public boolean endDataWatch(long tail) {
    return endWatch(DATA_WATCH, tail);
  }

  /** Sets the head that the broker waits for. */
  public void watchTake(long position) {
    set(TAKE_WATCH, position);
  }

  /** Clears the broker's watch and returns true if this head reaches it. The worker calls it. */
  public boolean endTakeWatch(long head) {
    return endWatch(TAKE_WATCH, head);
  }

  /** The number of bytes that the worker has written to be sent. */
  public long sendTail() {
    return get(SEND_TAIL);
  }

  public void sendTail(long position) {
    set(SEND_TAIL, position);
  }

  /** The number of bytes that the kernel has taken. */
  public long sendHead() {
    return get(SEND_HEAD);
  }

  public void sendHead(long position) {
    set(SEND_HEAD, position);
  }

  /** 0, or the errno that ended sending. */
  public long sendEnd() {
    return get(SEND_END);
  }

  public void sendEnd(long errno) {
    set(SEND_END, errno);
  }

  /** Sets the tail that the broker waits for. */
  public void watchSend(long position) {
    set(SEND_WATCH, position);
  }

  /** Clears the broker's watch and returns true if this tail reaches it. The worker calls it. */
  public boolean endSendWatch(long tail) {
    return endWatch(SEND_WATCH, tail);
  }

  /** Sets the head that the worker waits for. */
  public void watchSpace(long position) {
    set(SPACE_WATCH, position);
  }

  /** Clears the worker's watch and returns true if this head reaches it. The broker calls it. */
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
