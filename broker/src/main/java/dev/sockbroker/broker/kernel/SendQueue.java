package dev.sockbroker.broker.kernel;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Bytes that wait to be sent, as a list of segments that it owns. It creates no objects when
 * segments come and go. Loop thread only.
 */
public final class SendQueue {
  private static final int SEGMENTS_MIN = 4;

  /** A ring, whose length is a power of two. */
  private ByteBuf[] ring = new ByteBuf[SEGMENTS_MIN];

  private int first;
  private int size;
  private long bytes;
  private long memory;

  public boolean isEmpty() {
    return size == 0;
  }

  /** The number of segments. */
  public int size() {
    return size;
  }

  /** The number of bytes. */
  public long bytes() {
    return bytes;
  }

  /** How much memory the segments keep, including what is unused or was sent. */
  public long memory() {
    return memory;
  }

  /**
   * Returns a segment, which remains this queue's.
   *
   * @param index counted from the one to send first
   */
  public ByteBuf get(int index) {
    return ring[first + index & ring.length - 1];
  }

  /** Adds a segment, which is not empty, and takes over its reference. */
  public void add(ByteBuf segment) {
    if (size == ring.length) {
      grow();
    }
    ring[first + size & ring.length - 1] = segment;
    size++;
    bytes += segment.readableBytes();
    memory += segment.capacity();
  }

  /** Counts bytes that were written to the last segment after it was added. */
  public void extended(int count) {
    bytes += count;
  }

  private void grow() {
    ByteBuf[] longer = new ByteBuf[2 * ring.length];
    for (int i = 0; i < size; i++) {
      longer[i] = get(i);
    }
    ring = longer;
    first = 0;
  }

  /** Removes bytes that were sent, and releases the segments that are sent completely. */
  public void skip(int count) {
    int left = count;
    while (left > 0) {
      ByteBuf segment = ring[first];
      int sent = Math.min(left, segment.readableBytes());
      segment.skipBytes(sent);
      left -= sent;
      if (!segment.isReadable()) {
        remove();
      }
    }
    bytes -= count;
    shrink();
  }

  private void remove() {
    ByteBuf segment = ring[first];
    ring[first] = null;
    first = first + 1 & ring.length - 1;
    size--;
    memory -= segment.capacity();
    segment.release();
  }

  /** Forgets the long ring of a client that did not read for a while. */
  private void shrink() {
    if (size == 0 && ring.length > SEGMENTS_MIN) {
      ring = new ByteBuf[SEGMENTS_MIN];
      first = 0;
    }
  }

  /** Releases everything. */
  public void clear() {
    while (size > 0) {
      remove();
    }
    bytes = 0;
    Arrays.fill(ring, null);
  }
}
