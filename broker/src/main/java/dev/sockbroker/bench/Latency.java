package dev.sockbroker.bench;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Times in nanoseconds, recorded with a precision of three digits. */
final class Latency {
  private static final int DIGITS = 3;

  private Latency() {}

  static Histogram histogram() {
    return new Histogram(DIGITS);
  }

  /** Encodes the histogram as one word, for another process. */
  static String encode(Histogram nanos) {
    ByteBuffer bytes = ByteBuffer.allocate(nanos.getNeededByteBufferCapacity());
    int length = nanos.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(bytes.array(), length));
  }

  static Histogram decode(String word) {
    try {
      byte[] bytes = Base64.getDecoder().decode(word);
      return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("no histogram: " + word, e);
    }
  }
}
