package dev.sockbroker.client;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Cuts the broker's stream into frames. I/O thread only. */
final class Inbox {
  private static final int INITIAL_BYTES = 1 << 16;

  private ByteBuffer in = ByteBuffer.allocateDirect(INITIAL_BYTES).limit(0);
  private int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  int frameBytesMax() {
    return frameBytesMax;
  }

  /**
   * Reads once.
   *
   * @return whether the stream goes on
   */
  boolean fill(ReadableByteChannel channel) throws IOException {
    in.compact();
    try {
      return channel.read(in) >= 0;
    } finally {
      in.flip();
    }
  }

  /** The next whole frame, a view that is good until the next fill; null if none is there. */
  ByteBuffer next() throws MalformedFrameException {
    if (in.remaining() < FrameHeader.LENGTH_BYTES) {
      return null;
    }
    int length = in.getInt(in.position());
    FrameHeader.checkLength(length, frameBytesMax);
    int size = FrameHeader.LENGTH_BYTES + length;
    if (in.remaining() < size) {
      ensureCapacity(size);
      return null;
    }
    ByteBuffer frame = in.slice(in.position(), size);
    in.position(in.position() + size);
    return frame;
  }

  private void ensureCapacity(int size) {
    if (in.capacity() < size) {
      in = ByteBuffer.allocateDirect(size).put(in).flip();
    }
  }
}
