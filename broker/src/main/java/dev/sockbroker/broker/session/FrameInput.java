package dev.sockbroker.broker.session;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** What came from a client and is not handled yet: whole frames, and maybe a part of one. */
final class FrameInput {
  private final ByteBufAllocator buffers;
  private final int frameBytesMax;
  private ByteBuf bytes;

  FrameInput(ByteBufAllocator buffers, int frameBytesMax) {
    this.buffers = buffers;
    this.frameBytesMax = frameBytesMax;
    bytes = buffers.directBuffer(0);
  }

  boolean isEmpty() {
    return !bytes.isReadable();
  }

  /** Takes the reference over. Bytes are copied only where a frame came in pieces. */
  void add(ByteBuf more) {
    if (isEmpty()) {
      bytes.release();
      bytes = more;
      return;
    }
    if (bytes.writableBytes() < more.readableBytes()) {
      grow(more.readableBytes());
    }
    bytes.writeBytes(more);
    more.release();
  }

  /** Into new memory, since parts of the old may be on their way into a socket. */
  private void grow(int more) {
    int needed = bytes.readableBytes() + more;
    int frame =
        bytes.readableBytes() < FrameHeader.LENGTH_BYTES
            ? 0
            : FrameHeader.LENGTH_BYTES + bytes.getInt(bytes.readerIndex());
    int room = frame > needed && frame <= frameBytesMax ? frame : needed;
    ByteBuf grown = buffers.directBuffer(room).writeBytes(bytes);
    bytes.release();
    bytes = grown;
  }

  /**
   * The next frame, header included, as a part of this input: good until the next call unless it is
   * retained. Null while it is not whole.
   */
  ByteBuf next() throws MalformedFrameException {
    if (bytes.readableBytes() < FrameHeader.LENGTH_BYTES) {
      return null;
    }
    int length = bytes.getInt(bytes.readerIndex());
    FrameHeader.checkLength(length, frameBytesMax);
    if (bytes.readableBytes() < FrameHeader.LENGTH_BYTES + length) {
      return null;
    }
    return bytes.readSlice(FrameHeader.LENGTH_BYTES + length);
  }

  void release() {
    bytes.release();
  }
}
