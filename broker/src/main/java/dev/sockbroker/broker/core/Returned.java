package dev.sockbroker.broker.core;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bytes that were received for a session which ended before the kernel took its reply. They are the
 * next receiver's (rule 26), in the order in which they came from the kernel.
 */
final class Returned {
  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();

  /**
   * What one receive got. A datagram is taken whole, a piece of a stream may be taken in parts.
   *
   * @param position of its first byte among all that were received, or the datagram's number
   */
  record Chunk(long position, ByteBuf bytes, KernelSocket.Arrival arrival) {}

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Takes over the reference. */
  void add(Chunk chunk) {
    if (chunk.bytes.isReadable() || chunk.arrival != null) {
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
    Map.Entry<Long, Chunk> first = chunks.firstEntry();
    ByteBuf bytes = first.getValue().bytes;
    int count = Math.min(length, bytes.readableBytes());
    into.writeBytes(bytes, bytes.readerIndex(), count);
    if (datagram) {
      arrival.copy(first.getValue().arrival);
    }
    if (!peek) {
      chunks.remove(first.getKey());
      bytes.skipBytes(count);
      if (datagram || !bytes.isReadable()) {
        bytes.release();
      } else {
        chunks.put(first.getKey() + count, new Chunk(first.getKey() + count, bytes, null));
      }
    }
    return count;
  }

  long size() {
    return chunks.values().stream().mapToLong(chunk -> chunk.bytes.readableBytes()).sum();
  }

  void release() {
    chunks.values().forEach(chunk -> chunk.bytes.release());
    chunks.clear();
  }
}
