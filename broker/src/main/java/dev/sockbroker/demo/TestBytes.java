package dev.sockbroker.demo;

/** Bytes of which each tells its place, so that a lost, doubled or moved one is seen. */
final class TestBytes {
  private TestBytes() {}

  /** The bytes from {@code from} on. */
  static byte[] of(int from, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = at(from + i);
    }
    return bytes;
  }

  /** Whether they are the ones from {@code from} on. */
  static boolean matches(byte[] bytes, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] != at(from + i)) {
        return false;
      }
    }
    return true;
  }

  /** A multiplicative hash of the place, since a plain counter repeats every 256 bytes. */
  private static byte at(int place) {
    return (byte) (place * 0x9E3779B1 >>> 24);
  }
}
