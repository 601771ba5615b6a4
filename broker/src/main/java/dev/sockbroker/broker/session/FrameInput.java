package dev.sockbroker.broker.session;

import dev.sockbroker.broker.state.JoinedView;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Input from a client that is not handled yet: complete frames and possibly a part of one. It is a
 * cursor over the frames and creates no objects for them.
 */
final class FrameInput {
  /** Fewer unused bytes are not worth a copy. */
  private static final int FIT_BYTES = 256;

  private final ByteBufAllocator buffers;
  private final int frameBytesMax;

  /** The header of the current frame. */
  private final ByteBuffer header = ByteBuffer.allocate(FrameHeader.BYTES);

  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

  /** Later bytes that continue a frame. They are copied in the session's turn. */
  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(1);

  private int piecesKept;

  FrameInput(ByteBufAllocator buffers, int frameBytesMax) {
    this.buffers = buffers;
    this.frameBytesMax = frameBytesMax;
  }

  boolean isEmpty() {
    return !bytes.isReadable() && pieces.isEmpty();
  }

  /**
   * Adds input and takes over its reference. Bytes are copied only if a frame arrives in pieces.
   */
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

  /**
   * Copies through the buffer's internal NIO view, because a ByteBuf source would create a view for
   * each copy.
   */
  private void append(ByteBuf more) {
    bytes.writeBytes(more.internalNioBuffer(more.readerIndex(), more.readableBytes()));
  }

  /**
   * Doubles the memory, but not beyond the end of the frame. Only received bytes allocate memory,
   * never an announced length.
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

  /** Copies into new memory, because a socket may still be sending parts of the old memory. */
  private void move(int room) {
    ByteBuf old = bytes;
    bytes = buffers.directBuffer(room);
    append(old);
    old.release();
  }

  /** Frees memory that is mostly unused, because no more input is expected for now. */
  void fit() {
    if (isEmpty()) {
      release();
    } else if (bytes.capacity() > FIT_BYTES + 2 * bytes.readableBytes()) {
      move(bytes.readableBytes());
    }
  }

  /** Returns a view of the bytes that were not handled. */
  ByteBuf rest() {
    if (pieces.isEmpty()) {
      return bytes.duplicate();
    }
    List<ByteBuf> all = new ArrayList<>(List.of(bytes));
    all.addAll(pieces);
    return JoinedView.of(all);
  }

  /** The number of bytes of memory in use. */
  int kept() {
    return bytes.capacity() + piecesKept;
  }

  /**
   * Moves to the next frame. The caller must then call {@link #readJson} and {@link #readPayload}.
   * Returns false while the frame is incomplete.
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

  /** The number of bytes of the current frame, all of it. */
  int frameBytes() {
    return FrameHeader.LENGTH_BYTES + FrameHeader.length(header);
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
   * @param json an array with room for the JSON part
   */
  void readJson(byte[] json) {
    bytes.readBytes(json, 0, jsonLength());
  }

  /** Returns the payload, which the caller releases. */
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
