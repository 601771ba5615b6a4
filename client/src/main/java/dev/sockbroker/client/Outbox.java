package dev.sockbroker.client;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayDeque;
import java.util.Iterator;

/** Frames on their way to the broker, in order. Under the lock of {@link Requests}. */
final class Outbox {
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  /** Buffers handed to one write; the kernel takes 1024 at most. */
  private static final int GATHERED = 64;

  private final FrameCodec codec;
  private final ArrayDeque<ByteBuffer> frames = new ArrayDeque<>();
  private int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  Outbox(FrameCodec codec) {
    this.codec = codec;
  }

  /** The broker ends the session for a larger frame. */
  void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  void add(long requestId, Request request) {
    add(requestId, request, EMPTY);
  }

  /**
   * @param payload not copied: its owner leaves it alone until the operation has ended
   * @throws InvalidMessageException if no frame can hold it, or JSON has no such value; then
   *     nothing was added
   */
  void add(long requestId, Request request, ByteBuffer payload) {
    ByteBuffer encoded = codec.encode(requestId, request, payload.remaining());
    if (encoded.remaining() > frameBytesMax - payload.remaining()) {
      throw new InvalidMessageException(
          "the request is larger than the " + frameBytesMax + " bytes of a frame");
    }
    // the codec uses its buffer again for the next frame
    frames.add(ByteBuffer.allocate(encoded.remaining()).put(encoded).flip());
    if (payload.hasRemaining()) {
      frames.add(payload);
    }
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  int size() {
    return frames.size();
  }

  /** Writes until all is written or the channel takes no more. */
  void flush(GatheringByteChannel channel) throws IOException {
    while (!frames.isEmpty()) {
      ByteBuffer[] batch = batch();
      channel.write(batch);
      while (!frames.isEmpty() && !frames.peek().hasRemaining()) {
        frames.remove();
      }
      if (batch[batch.length - 1].hasRemaining()) {
        return;
      }
    }
  }

  private ByteBuffer[] batch() {
    ByteBuffer[] batch = new ByteBuffer[Math.min(frames.size(), GATHERED)];
    Iterator<ByteBuffer> next = frames.iterator();
    for (int i = 0; i < batch.length; i++) {
      batch[i] = next.next();
    }
    return batch;
  }
}
