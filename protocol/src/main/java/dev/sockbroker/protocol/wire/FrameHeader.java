package dev.sockbroker.protocol.wire;

import java.nio.ByteBuffer;

/**
 * The fixed beginning of every frame, big-endian.
 *
 * <pre>
 *   0        4      6       8              16              24            28
 *   +--------+------+-------+--------------+---------------+-------------+----------+-----------+
 *   | length | type | flags | request id   | descriptor    | JSON length | JSON ... | payload   |
 *   | u32    | u16  | u16   | u64          | u64           | u32         |          | (to end)  |
 *   +--------+------+-------+--------------+---------------+-------------+----------+-----------+
 * </pre>
 *
 * {@code length} counts everything after itself, so a frame takes 4 + length bytes. {@code flags}
 * are 0 in this version, and readers ignore them.
 *
 * @param length of the frame after the length field, in bytes
 * @param type the number in {@link MessageTypes}
 * @param requestId chosen by the client, not 0; 0 in an event
 * @param descriptor 0 if the message has none
 * @param jsonLength in bytes; 0 is the same as an empty object
 */
public record FrameHeader(int length, int type, long requestId, long descriptor, int jsonLength) {
  /** The size of the whole header in bytes. */
  public static final int BYTES = 28;

  /** The size of the length field in bytes. */
  public static final int LENGTH_BYTES = 4;

  /** The smallest valid {@link #length}. */
  public static final int LENGTH_MIN = BYTES - LENGTH_BYTES;

  /** The largest size of a whole frame, unless the broker's reply to hello says otherwise. */
  public static final int FRAME_BYTES_MAX = 1 << 20;

  /** Reads a header at the buffer's position and moves the position past it. */
  public static FrameHeader read(ByteBuffer in) {
    int length = in.getInt();
    int type = in.getShort() & 0xffff;
    in.getShort();
    return new FrameHeader(length, type, in.getLong(), in.getLong(), in.getInt());
  }

  /**
   * Returns the length field of the header at the buffer's beginning. Like the next four methods,
   * it allocates no memory.
   */
  public static int length(ByteBuffer header) {
    return header.getInt(0);
  }

  /** Returns the type of the header at the buffer's beginning. */
  public static int type(ByteBuffer header) {
    return header.getShort(4) & 0xffff;
  }

  /** Returns the request id of the header at the buffer's beginning. */
  public static long requestId(ByteBuffer header) {
    return header.getLong(8);
  }

  /** Returns the descriptor of the header at the buffer's beginning. */
  public static long descriptor(ByteBuffer header) {
    return header.getLong(16);
  }

  /** Returns the JSON length of the header at the buffer's beginning. */
  public static int jsonLength(ByteBuffer header) {
    return header.getInt(24);
  }

  /** Writes the header at the buffer's position. */
  public void write(ByteBuffer out) {
    write(out, length, type, requestId, descriptor, jsonLength);
  }

  /** Like {@link #write(ByteBuffer)}, without an object for the header. */
  static void write(
      ByteBuffer out, int length, int type, long requestId, long descriptor, int jsonLength) {
    out.putInt(length).putShort((short) type).putShort((short) 0);
    out.putLong(requestId).putLong(descriptor).putInt(jsonLength);
  }

  /**
   * Checks the lengths for consistency and against the limit.
   *
   * @param frameBytesMax the limit on the whole frame, in bytes
   */
  public void check(int frameBytesMax) throws MalformedFrameException {
    check(length, jsonLength, frameBytesMax);
  }

  /** Like {@link #check(int)}, without an object for the header. */
  public static void check(int length, int jsonLength, int frameBytesMax)
      throws MalformedFrameException {
    checkLength(length, frameBytesMax);
    if (jsonLength < 0 || jsonLength > length - LENGTH_MIN) {
      throw new MalformedFrameException(
          "JSON length "
              + (jsonLength & 0xffffffffL)
              + " is more than the frame of "
              + length
              + " bytes holds");
    }
  }

  /** Checks a length field before the rest of the frame has arrived. */
  public static void checkLength(int length, int frameBytesMax) throws MalformedFrameException {
    if (length < LENGTH_MIN || length > frameBytesMax - LENGTH_BYTES) {
      throw new MalformedFrameException(
          "frame length "
              + (length & 0xffffffffL)
              + " is not between "
              + LENGTH_MIN
              + " and "
              + (frameBytesMax - LENGTH_BYTES));
    }
  }
}
