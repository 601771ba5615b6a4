package dev.sockbroker.cli;

/** Counts of bytes as people read them, in powers of 1024: {@code 1.5K}. */
final class ByteCount {
  private static final String UNITS = "KMGTPE";

  private ByteCount() {}

  /** Up to three digits and a unit. */
  static String format(long bytes) {
    if (bytes < 1024) {
      return Long.toString(bytes);
    }
    double value = bytes;
    int unit = -1;
    // what would be rounded to 1024 is 1.0 of the next unit
    while (value >= 1023.5) {
      value /= 1024;
      unit++;
    }
    long tenths = Math.round(value * 10);
    String number = tenths < 100 ? tenths / 10 + "." + tenths % 10 : "" + Math.round(value);
    return number + UNITS.charAt(unit);
  }
}
