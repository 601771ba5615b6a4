package dev.sockbroker.protocol.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Cuts a stream of bytes into frames. It checks each length and keeps what came of the next frame.
 * One thread at a time uses it.
 *
 * <p>A client that waits calls {@link #read}. One that may not wait calls {@link #fill} when bytes
 * are there, and then {@link #next} until it answers null. The buffer grows to the size of a frame
 * when its length is read, which suits a client: it trusts its broker up to {@link #frameBytesMax}.
 * The broker reads its clients' frames in another way, because an announced length must not take
 * memory there.
 */
public final class FrameReader {
  /** Where the bytes come from; a channel's or a socket's read. */
  public interface Source {
    /**
     * Puts bytes at the buffer's position and moves it. The buffer is direct.
     *
     * @return how many; 0 if none are there now, -1 at the end of the stream
     */
    int read(ByteBuffer into) throws IOException;
  }

  private ByteBuffer in;
  private int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  /** What the frame that has begun takes as a whole, in bytes; 0 if its length is not known. */
  private int begun;

  /**
   * @param bytes read at once at first; larger frames make more room
   */
  public FrameReader(int bytes) {
    in = ByteBuffer.allocateDirect(Math.max(bytes, FrameHeader.BYTES)).limit(0);
  }

  /** Sets the limit on a whole frame, in bytes; {@link FrameHeader#FRAME_BYTES_MAX} at first. */
  public void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  /** The limit on a whole frame, in bytes. */
  public int frameBytesMax() {
    return frameBytesMax;
  }

  /**
   * Reads once. Frames and views that were handed out are over.
   *
   * @return whether the stream goes on
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
   * Takes the next frame, its length field included.
   *
   * @return a view that is good until the next fill; null while the frame is not whole
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
   * Takes the next frame, and reads until it is whole.
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

  /** How many bytes the frame that has begun still misses; 0 if its length is not known. */
  public int missing() {
    return begun == 0 ? 0 : begun - in.remaining();
  }

  /** What is there and was not taken, as a view that is good until the next fill. */
  public ByteBuffer rest() {
    return in.slice();
  }

  /**
   * Takes bytes as they are, of a frame too. What follows them begins a frame.
   *
   * @param count at most what {@link #rest} has
   * @return a view that is good until the next fill
   */
  public ByteBuffer take(int count) {
    ByteBuffer taken = in.slice(in.position(), count);
    in.position(in.position() + count);
    begun = 0;
    return taken;
  }
}
