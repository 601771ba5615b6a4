package dev.sockbroker.broker.session;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * What came from a client and is not handled yet: whole frames, and maybe a part of one. It stands
 * at one frame after the other, and makes no objects of them.
 */
final class FrameInput {
  /** Less is not worth a copy. */
  private static final int FIT_BYTES = 256;

  private final ByteBufAllocator buffers;
  private final int frameBytesMax;

  /** Of the frame that it stands at. */
  private final ByteBuffer header = ByteBuffer.allocate(FrameHeader.BYTES);

  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

  /** What has come since, and continues a frame: its copy is made in the session's turn. */
  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(1);

  private int piecesKept;

  FrameInput(ByteBufAllocator buffers, int frameBytesMax) {
    this.buffers = buffers;
    this.frameBytesMax = frameBytesMax;
  }

  boolean isEmpty() {
    return !bytes.isReadable() && pieces.isEmpty();
  }

  /** Takes the reference over. Bytes are copied only where a frame came in pieces. */
  void add(ByteBuf more) {
    if (isEmpty()) {
      bytes.release();
      bytes = more;
    } else {
      pieces.add(more);
      piecesKept += more.capacity();
    }
  }

  private void join() {
    for (ByteBuf piece = pieces.poll(); piece != null; piece = pieces.poll()) {
      piecesKept -= piece.capacity();
      join(piece);
    }
  }

  private void join(ByteBuf more) {
    if (bytes.writableBytes() < more.readableBytes()) {
      grow(more.readableBytes());
    }
    append(more);
    more.release();
  }

  /** By its own view: a ByteBuf as the source would make a view for each copy. */
  private void append(ByteBuf more) {
    bytes.writeBytes(more.internalNioBuffer(more.readerIndex(), more.readableBytes()));
  }

  /**
   * Doubles what is there. A length that was announced makes no room: only what comes does, and the
   * end of the frame bounds it.
   */
  private void grow(int more) {
    int there = bytes.readableBytes();
    int needed = there + more;
    int frame =
        there < FrameHeader.LENGTH_BYTES
            ? needed
            : FrameHeader.LENGTH_BYTES + bytes.getInt(bytes.readerIndex());
    move(Math.max(needed, Math.min(frame, 2 * there)));
  }

  /** Into new memory, since parts of the old may be on their way into a socket. */
  private void move(int room) {
    ByteBuf old = bytes;
    bytes = buffers.directBuffer(room);
    append(old);
    old.release();
  }

  /** No more comes for now: memory that is mostly unused is not kept meanwhile. */
  void fit() {
    if (isEmpty()) {
      release();
    } else if (bytes.capacity() > FIT_BYTES + 2 * bytes.readableBytes()) {
      move(bytes.readableBytes());
    }
  }

  /** How much memory is kept. */
  int kept() {
    return bytes.capacity() + piecesKept;
  }

  /**
   * Goes to the next frame, of which {@link #readJson} and {@link #readPayload} are to be called
   * then; false while it is not whole.
   */
  boolean next() throws MalformedFrameException {
    join();
    if (bytes.readableBytes() < FrameHeader.LENGTH_BYTES) {
      return false;
    }
    int length = bytes.getInt(bytes.readerIndex());
    FrameHeader.checkLength(length, frameBytesMax);
    if (bytes.readableBytes() < FrameHeader.LENGTH_BYTES + length) {
      return false;
    }
    bytes.readBytes(header.clear());
    FrameHeader.check(length, jsonLength(), frameBytesMax);
    return true;
  }

  int type() {
    return FrameHeader.type(header);
  }

  long requestId() {
    return FrameHeader.requestId(header);
  }

  long descriptor() {
    return FrameHeader.descriptor(header);
  }

  int jsonLength() {
    return FrameHeader.jsonLength(header);
  }

  /**
   * @param json has room for the JSON part
   */
  void readJson(byte[] json) {
    bytes.readBytes(json, 0, jsonLength());
  }

  /** The caller releases it. */
  ByteBuf readPayload() {
    int length = FrameHeader.length(header) - FrameHeader.LENGTH_MIN - jsonLength();
    return length == 0 ? Unpooled.EMPTY_BUFFER : bytes.readRetainedSlice(length);
  }

  void release() {
    bytes.release();
    bytes = Unpooled.EMPTY_BUFFER;
    pieces.forEach(ByteBuf::release);
    pieces.clear();
    piecesKept = 0;
  }
}
