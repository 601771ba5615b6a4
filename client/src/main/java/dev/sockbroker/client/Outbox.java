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

/** The frames on their way to the broker, in order. Guarded by the lock of {@link Requests}. */
final class Outbox {
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  /** The number of buffers per write. The kernel accepts at most 1024. */
  private static final int GATHERED = 64;

  private final FrameCodec codec;
  private final ArrayDeque<ByteBuffer> frames = new ArrayDeque<>();
  private int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  Outbox(FrameCodec codec) {
    this.codec = codec;
  }

  /** Sets the limit above which the broker would end the session. */
  void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  void add(long requestId, Request request) {
    add(requestId, request, EMPTY);
  }

  /**
   * @param payload not copied, so its owner must not change it until the operation has ended
   * @throws InvalidMessageException if no frame can hold it or JSON cannot express a value; nothing
   *     was added then
   */
  void add(long requestId, Request request, ByteBuffer payload) {
    ByteBuffer encoded = codec.encode(requestId, request, payload.remaining());
    if (encoded.remaining() > frameBytesMax - payload.remaining()) {
      throw new InvalidMessageException(
          "the request is larger than the " + frameBytesMax + " bytes of a frame");
    }
    // the codec reuses its buffer for the next frame
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

  /** Writes until everything is written or the channel accepts no more. */
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
