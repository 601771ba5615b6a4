package dev.sockbroker.protocol.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Cuts a stream of bytes into frames. It checks each length and keeps the beginning of an
 * incomplete frame. Only one thread at a time may use it.
 *
 * <p>A client that may wait calls {@link #read}. Other clients call {@link #fill} when bytes are
 * available, and then {@link #next} until it returns null. When a frame's length is known, the
 * buffer grows to its size. That suits a client, which trusts its broker up to {@link
 * #frameBytesMax}. The broker reads its clients' frames in another way, because an announced length
 * must not use up memory there.
 */
public final class FrameReader {
  /** The source of the bytes: a channel's or a socket's read. */
  public interface Source {
    /**
     * Puts bytes at the buffer's position and advances it. The buffer is direct.
     *
     * @return the number of bytes; 0 if nothing has arrived, -1 at the end of the stream
     */
    int read(ByteBuffer into) throws IOException;
  }

  private ByteBuffer in;
  private int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  /** The size of the current frame in bytes; 0 if its length is not known yet. */
  private int begun;

  /**
   * @param bytes the buffer's initial size; larger frames make it grow
   */
  public FrameReader(int bytes) {
    in = ByteBuffer.allocateDirect(Math.max(bytes, FrameHeader.BYTES)).limit(0);
  }

  /**
   * Sets the limit on a whole frame in bytes. The default is {@link FrameHeader#FRAME_BYTES_MAX}.
   */
  public void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  /** The limit on a whole frame, in bytes. */
  public int frameBytesMax() {
    return frameBytesMax;
  }

  /**
   * Reads once. Earlier frames and views become invalid.
   *
   * @return false at the end of the stream
   */
  public boolean fill(Source source) throws IOException {
    if (in.capacity() < begun) {
      in = ByteBuffer.allocateDirect(begun).put(in);
    } else {
      in.compact();
    }
    try {
      return source.read(in) >= 0;
    } finally {
      in.flip();
    }
  }

  /**
   * Takes the next frame, including its length field.
   *
   * @return a view that is valid until the next fill; null if the frame is incomplete
   * @throws MalformedFrameException if its length is not within the limits
   */
  public ByteBuffer next() throws MalformedFrameException {
    if (in.remaining() < FrameHeader.LENGTH_BYTES) {
      return null;
    }
    int length = in.getInt(in.position());
    FrameHeader.checkLength(length, frameBytesMax);
    begun = FrameHeader.LENGTH_BYTES + length;
    return in.remaining() < begun ? null : take(begun);
  }

  /**
   * Takes the next frame. It reads until the frame is complete.
   *
   * @param source waits for bytes
   * @return as {@link #next}
   * @throws EOFException if the stream ends first
   */
  public ByteBuffer read(Source source) throws IOException {
    ByteBuffer frame = next();
    while (frame == null) {
      if (!fill(source)) {
        throw new EOFException("end of stream");
      }
      frame = next();
    }
    return frame;
  }

  /** The number of bytes that the current frame still lacks; 0 if its length is not known yet. */
  public int missing() {
    return begun == 0 ? 0 : begun - in.remaining();
  }

  /** Returns the bytes that were not taken, as a view that is valid until the next fill. */
  public ByteBuffer rest() {
    return in.slice();
  }

  /**
   * Takes raw bytes, even in the middle of a frame. A new frame begins after them.
   *
   * @param count at most as many as {@link #rest} has
   * @return a view that is valid until the next fill
   */
  public ByteBuffer take(int count) {
    ByteBuffer taken = in.slice(in.position(), count);
    in.position(in.position() + count);
    begun = 0;
    return taken;
  }
}
