package dev.sockbroker.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/** Bytes that show at which position of a stream they belong. */
final class PatternBytes {
  private PatternBytes() {}

  /** The byte at a position. Its period is longer than any buffer. */
  static byte at(long position) {
    return (byte) (position * 31 + position / 251 * 7 + position / 65_521);
  }

  /** The bytes from a position on. */
  static byte[] from(long position, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = at(position + i);
    }
    return bytes;
  }

  /** Writes that many bytes. */
  static Void write(OutputStream out, long count) throws IOException {
    for (long position = 0; position < count; ) {
      byte[] bytes = from(position, (int) Math.min(50_000, count - position));
      out.write(bytes);
      position += bytes.length;
    }
    return null;
  }

  /** Writes until it is stopped. Returns how much. */
  static long writeUntil(AtomicBoolean stop, OutputStream out) throws IOException {
    long position = 0;
    while (!stop.get()) {
      byte[] bytes = from(position, 10_000);
      out.write(bytes);
      position += bytes.length;
    }
    return position;
  }

  /** Reads to the end and checks each byte. Returns the position of the end. */
  static long readToEnd(InputStream in, long from) throws IOException {
    return read(in, from, Long.MAX_VALUE);
  }

  /** Reads to the end or to that position, and checks each byte. Returns the last position. */
  static long read(InputStream in, long from, long to) throws IOException {
    byte[] bytes = new byte[60_000];
    long position = from;
    while (position < to) {
      int count = in.read(bytes, 0, (int) Math.min(bytes.length, to - position));
      if (count < 0) {
        break;
      }
      check(bytes, count, position);
      position += count;
    }
    return position;
  }

  static void check(byte[] bytes, int count, long position) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] != at(position + i)) {
        throw new AssertionError("a wrong byte at " + (position + i));
      }
    }
  }
}
