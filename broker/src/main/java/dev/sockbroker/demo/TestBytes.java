package dev.sockbroker.demo;

/** Bytes that depend on their position, so that lost, duplicate or misplaced bytes are detected. */
final class TestBytes {
  private TestBytes() {}

  /** The bytes from position {@code from} on. */
  static byte[] of(int from, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = at(from + i);
    }
    return bytes;
  }

  /** Whether the bytes are those from position {@code from} on. */
  static boolean matches(byte[] bytes, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] != at(from + i)) {
        return false;
      }
    }
    return true;
  }

  /** A multiplicative hash of the position, because a plain counter repeats every 256 bytes. */
  private static byte at(int place) {
    return (byte) (place * 0x9E3779B1 >>> 24);
  }
}
