package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.state.SavedTransport;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.TreeMap;

/**
 * Data that was received for a session which ended before the kernel took the reply. The next
 * receivers get it in the kernel's order (rule 26).
 */
final class Returned {
  private static final int DATAGRAM_BYTES = 256;

  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();

  /**
   * The data of one receive. A datagram is taken as a whole; stream data can be taken in parts.
   *
   * @param position the position of its first byte in the stream, or the number of the datagram
   * @param session the session that had received it, which is charged meanwhile
   * @param resource the resource that is charged
   */
  record Chunk(
      long position,
      ByteBuf bytes,
      KernelSocket.Arrival arrival,
      Session session,
      Resource resource) {

    /** The size to charge, which includes the addresses of a datagram. */
    private long cost() {
      return bytes.readableBytes() + (arrival == null ? 0 : DATAGRAM_BYTES);
    }

    private SavedTransport.Chunk save(Saving saving) {
      return new SavedTransport.Chunk(
          position,
          bytes,
          arrival == null ? null : Returned.save(arrival),
          saving.idOf(session),
          resource == Resource.RING_BYTES,
          resource == Resource.STREAM_BYTES);
    }

    private Chunk from(long next) {
      return new Chunk(next, bytes, arrival, session, resource);
    }
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Adds a chunk and takes over its reference. */
  void add(Chunk chunk) {
    if (chunk.bytes.isReadable() || chunk.arrival != null) {
      // The same data was charged in another way before, so there is room for it.
      chunk.session.account().force(chunk.resource, chunk.cost());
      chunks.put(chunk.position, chunk);
    } else {
      chunk.bytes.release();
    }
  }

  List<SavedTransport.Chunk> save(Saving saving) {
    return chunks.values().stream().map(it -> it.save(saving)).toList();
  }

  void restore(SavedTransport.Chunk saved, Restoring restoring) {
    add(
        new Chunk(
            saved.position(),
            saved.bytes(),
            saved.arrival() == null ? null : restore(saved.arrival()),
            restoring.session(saved.session()),
            resource(saved)));
  }

  private static Resource resource(SavedTransport.Chunk saved) {
    if (saved.ofStream()) {
      return Resource.STREAM_BYTES;
    }
    return saved.ofRing() ? Resource.RING_BYTES : Resource.BUFFERED_BYTES;
  }

  static SavedTransport.Arrival save(KernelSocket.Arrival arrival) {
    return new SavedTransport.Arrival(arrival.from, arrival.size, arrival.control);
  }

  static KernelSocket.Arrival restore(SavedTransport.Arrival saved) {
    KernelSocket.Arrival arrival = new KernelSocket.Arrival();
    arrival.from = saved.from();
    arrival.size = saved.size();
    arrival.control = saved.control();
    return arrival;
  }

  /** Returns the position of the next byte. Must not be empty. */
  long position() {
    return chunks.firstKey();
  }

  /** Like {@link KernelSocket#receive}. Must not be empty. */
  int take(ByteBuf into, int length, boolean peek, boolean datagram, KernelSocket.Arrival arrival) {
    Chunk first = chunks.firstEntry().getValue();
    int count = Math.min(length, first.bytes.readableBytes());
    // The internal view, because a ByteBuf as the source would create two.
    into.writeBytes(first.bytes.internalNioBuffer(first.bytes.readerIndex(), count));
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
      first.session.account().release(first.resource, before - first.cost());
      chunks.put(first.position + count, first.from(first.position + count));
    } else {
      first.session.account().release(first.resource, before);
      first.bytes.release();
    }
  }

  long size() {
    return chunks.values().stream().mapToLong(chunk -> chunk.bytes.readableBytes()).sum();
  }

  void release() {
    for (Chunk chunk : chunks.values()) {
      chunk.session.account().release(chunk.resource, chunk.cost());
      chunk.bytes.release();
    }
    chunks.clear();
  }
}
