package dev.sockbroker.broker.session;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.SendQueue;
import dev.sockbroker.broker.state.JoinedView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What was written to a connection and the kernel has not taken. Small frames that follow one
 * another share a segment, so a burst needs few of them. A large payload is a segment of its own
 * and is not copied.
 */
final class Unsent {
  /** The size of the first shared segment. Each that follows it directly is twice as large. */
  static final int SHARED_BYTES = 1 << 10;

  private static final int SHARED_BYTES_MAX = 16 << 10;

  /** Up to this size a payload is copied, which costs less than a segment. */
  static final int COPY_BYTES_MAX = 512;

  private final ByteBufAllocator buffers;
  private final SendQueue queue = new SendQueue();

  /** The last segment of the queue if it is a shared one, or null. */
  private ByteBuf shared;

  Unsent(ByteBufAllocator buffers) {
    this.buffers = buffers;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** The number of bytes. */
  long bytes() {
    return queue.bytes();
  }

  int segments() {
    return queue.size();
  }

  /** How much memory is in use. */
  long memory() {
    return queue.memory();
  }

  /** Adds a copy of the bytes. */
  void copy(ByteBuffer bytes) {
    int count = bytes.remaining();
    if (count == 0) {
      return;
    }
    if (shared != null && shared.writableBytes() >= count) {
      shared.writeBytes(bytes);
      queue.extended(count);
    } else {
      shared = buffers.directBuffer(Math.max(count, nextRoom())).writeBytes(bytes);
      queue.add(shared);
    }
  }

  private int nextRoom() {
    return shared == null ? SHARED_BYTES : Math.min(2 * shared.capacity(), SHARED_BYTES_MAX);
  }

  /** Adds the bytes and takes over their reference. */
  void add(ByteBuf bytes) {
    int count = bytes.readableBytes();
    if (count <= COPY_BYTES_MAX) {
      // The internal view, because a ByteBuf as the source would create two.
      copy(bytes.internalNioBuffer(bytes.readerIndex(), count));
      bytes.release();
    } else {
      shared = null;
      queue.add(bytes);
    }
  }

  /** Sends once. Returns the number of bytes that the kernel took, or -errno. */
  int send(KernelSocket to) {
    int count = to.send(queue);
    if (queue.isEmpty()) {
      shared = null;
    }
    return count;
  }

  /** Removes bytes that another broker has sent. */
  void skip(int count) {
    queue.skip(count);
    if (queue.isEmpty()) {
      shared = null;
    }
  }

  /** Returns a view of everything, valid until the next change. */
  ByteBuf view() {
    List<ByteBuf> segments = new ArrayList<>(queue.size());
    for (int i = 0; i < queue.size(); i++) {
      segments.add(queue.get(i));
    }
    return JoinedView.of(segments);
  }

  void clear() {
    shared = null;
    queue.clear();
  }
}
