package dev.sockbroker.system.contract;

import java.util.Arrays;

/**
 * Counts how often each value occurs in a stream of counting bytes. That reveals lost and duplicate
 * bytes, even if the stream was divided into pieces.
 */
final class Histogram {
  /** The values of the bytes are below this number. */
  static final int PERIOD = 251;

  private final long[] counts = new long[PERIOD];

  void add(byte[] bytes) {
    for (byte one : bytes) {
      counts[Byte.toUnsignedInt(one)]++;
    }
  }

  void add(Histogram other) {
    for (int value = 0; value < PERIOD; value++) {
      counts[value] += other.counts[value];
    }
  }

  long total() {
    return Arrays.stream(counts).sum();
  }

  /** Whether each byte is the successor of the previous one. */
  static boolean countsUp(byte[] bytes) {
    for (int i = 1; i < bytes.length; i++) {
      if (Byte.toUnsignedInt(bytes[i]) != (Byte.toUnsignedInt(bytes[i - 1]) + 1) % PERIOD) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Histogram it && Arrays.equals(counts, it.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return total() + " bytes, " + Arrays.toString(counts);
  }
}
