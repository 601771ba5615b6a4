package dev.sockbroker.system;

import java.nio.ByteBuffer;

/** A stream of numbers of four bytes, so that a few bytes show where in the stream they belong. */
final class NumberedBytes {
  /** How many bytes show their position. */
  static final int ENOUGH = 16;

  private NumberedBytes() {}

  static byte at(long position) {
    return (byte) (position / 4 >> 8 * (3 - position % 4));
  }

  static void fill(byte[] bytes, long position) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = at(position + i);
    }
  }

  /** Whether the first bytes are those from a position on. */
  static boolean areAt(long position, ByteBuffer bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes.get(i) != at(position + i)) {
        return false;
      }
    }
    return true;
  }

  /** The only possible position of {@link #ENOUGH} bytes. */
  static long position(ByteBuffer bytes) {
    for (int offset = 0; offset < 4; offset++) {
      long number = Integer.toUnsignedLong(bytes.getInt((4 - offset) % 4));
      long first = 4 * (offset == 0 ? number : number - 1) + offset;
      if (areAt(first, bytes, ENOUGH)) {
        return first;
      }
    }
    throw new AssertionError("these bytes have no position");
  }
}
