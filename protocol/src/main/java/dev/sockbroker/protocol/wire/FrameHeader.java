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
 * are 0 in this version and not looked at.
 *
 * @param length of what follows the length field, in bytes
 * @param type the number in {@link MessageTypes}
 * @param requestId chosen by the client, not 0; 0 in an event
 * @param descriptor 0 where the message has none
 * @param jsonLength in bytes; 0 is the same as an empty object
 */
public record FrameHeader(int length, int type, long requestId, long descriptor, int jsonLength) {
  /** Bytes of the whole header. */
  public static final int BYTES = 28;

  /** Bytes of the length field alone. */
  public static final int LENGTH_BYTES = 4;

  /** The least value of {@link #length}. */
  public static final int LENGTH_MIN = BYTES - LENGTH_BYTES;

  /** The greatest size of a whole frame if the broker's hello says nothing else. */
  public static final int FRAME_BYTES_MAX = 1 << 20;

  /** Reads a header at the buffer's position and moves it behind. */
  public static FrameHeader read(ByteBuffer in) {
    int length = in.getInt();
    int type = in.getShort() & 0xffff;
    in.getShort();
    return new FrameHeader(length, type, in.getLong(), in.getLong(), in.getInt());
  }

  /** The length field of the header at the buffer's beginning; as all below, it makes nothing. */
  public static int length(ByteBuffer header) {
    return header.getInt(0);
  }

  /** The type of the header at the buffer's beginning. */
  public static int type(ByteBuffer header) {
    return header.getShort(4) & 0xffff;
  }

  /** The request id of the header at the buffer's beginning. */
  public static long requestId(ByteBuffer header) {
    return header.getLong(8);
  }

  /** The descriptor of the header at the buffer's beginning. */
  public static long descriptor(ByteBuffer header) {
    return header.getLong(16);
  }

  /** The JSON length of the header at the buffer's beginning. */
  public static int jsonLength(ByteBuffer header) {
    return header.getInt(24);
  }

  /** Writes the header at the buffer's position. */
  public void write(ByteBuffer out) {
    out.putInt(length).putShort((short) type).putShort((short) 0);
    out.putLong(requestId).putLong(descriptor).putInt(jsonLength);
  }

  /**
   * Checks the lengths against each other and against the limit.
   *
   * @param frameBytesMax the limit on the whole frame
   */
  public void check(int frameBytesMax) throws MalformedFrameException {
    check(length, jsonLength, frameBytesMax);
  }

  /** As above, of a header of which no object was made. */
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

  /** Checks a length field before the rest of the frame is there. */
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
