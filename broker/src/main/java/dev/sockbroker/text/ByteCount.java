package dev.sockbroker.text;

/** Byte counts for people, in powers of 1024: {@code 1.5K}. */
public final class ByteCount {
  private static final String UNITS = "KMGTPE";

  private ByteCount() {}

  /** Formats a count with up to three digits and a unit. */
  public static String format(long bytes) {
    if (bytes < 1024) {
      return Long.toString(bytes);
    }
    double value = bytes;
    int unit = -1;
    // a value that would be rounded to 1024 becomes 1.0 of the next unit
    while (value >= 1023.5) {
      value /= 1024;
      unit++;
    }
    long tenths = Math.round(value * 10);
    String number = tenths < 100 ? tenths / 10 + "." + tenths % 10 : "" + Math.round(value);
    return number + UNITS.charAt(unit);
  }

  /**
   * Parses a size: {@code 64}, {@code 256K}, {@code 1M}.
   *
   * @throws IllegalArgumentException with a sentence for people
   */
  public static int parse(String text) {
    int unit = text.isEmpty() ? -1 : UNITS.indexOf(text.charAt(text.length() - 1));
    String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
    try {
      if (digits.startsWith("-")) {
        throw new NumberFormatException(digits);
      }
      return Math.toIntExact(Math.multiplyExact(Long.parseLong(digits), 1L << 10 * (unit + 1)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is not a size (expected: 64, 4K, 1M)");
    }
  }
}
