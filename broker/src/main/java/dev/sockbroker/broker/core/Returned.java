package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.buffer.ByteBuf;
import java.util.TreeMap;

/**
 * Bytes that were received for a session which ended before the kernel took its reply. They are the
 * next receiver's (rule 26), in the order in which they came from the kernel.
 */
final class Returned {
  private static final int DATAGRAM_BYTES = 256;

  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();

  /**
   * What one receive got. A datagram is taken whole, a piece of a stream may be taken in parts.
   *
   * @param position of its first byte among all that were received, or the datagram's number
   * @param account of the session that had it, which is charged as long as it is here
   * @param resource what it counts as
   */
  record Chunk(
      long position,
      ByteBuf bytes,
      KernelSocket.Arrival arrival,
      Account account,
      Resource resource) {

    /** A datagram counts with its addresses. */
    private long cost() {
      return bytes.readableBytes() + (arrival == null ? 0 : DATAGRAM_BYTES);
    }

    private Chunk from(long next) {
      return new Chunk(next, bytes, arrival, account, resource);
    }
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Takes over the reference. */
  void add(Chunk chunk) {
    if (chunk.bytes.isReadable() || chunk.arrival != null) {
      // It was counted before in another way, so that it is no more than there was room for.
      chunk.account.force(chunk.resource, chunk.cost());
      chunks.put(chunk.position, chunk);
    } else {
      chunk.bytes.release();
    }
  }

  /** Where the next byte stands; only if not empty. */
  long position() {
    return chunks.firstKey();
  }

  /** As {@link KernelSocket#receive}; only if not empty. */
  int take(ByteBuf into, int length, boolean peek, boolean datagram, KernelSocket.Arrival arrival) {
    Chunk first = chunks.firstEntry().getValue();
    int count = Math.min(length, first.bytes.readableBytes());
    into.writeBytes(first.bytes, first.bytes.readerIndex(), count);
    if (datagram) {
      arrival.copy(first.arrival);
    }
    if (!peek) {
      remove(first, datagram ? first.bytes.readableBytes() : count);
    }
    return count;
  }

  private void remove(Chunk first, int count) {
    chunks.remove(first.position);
    long before = first.cost();
    first.bytes.skipBytes(count);
    if (first.bytes.isReadable()) {
      first.account.release(first.resource, before - first.cost());
      chunks.put(first.position + count, first.from(first.position + count));
    } else {
      first.account.release(first.resource, before);
      first.bytes.release();
    }
  }

  long size() {
    return chunks.values().stream().mapToLong(chunk -> chunk.bytes.readableBytes()).sum();
  }

  void release() {
    for (Chunk chunk : chunks.values()) {
      chunk.account.release(chunk.resource, chunk.cost());
      chunk.bytes.release();
    }
    chunks.clear();
  }
}
