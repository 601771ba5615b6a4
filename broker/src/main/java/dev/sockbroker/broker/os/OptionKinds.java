package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.OptionKind.UNFIT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The kinds of value that most options have. */
final class OptionKinds {
  static final OptionKind FLAG =
      new OptionKind(
          "true or false",
          Integer.BYTES,
          (value, into, _) -> writeFlag(value, into),
          (from, _) -> from.get(JAVA_INT, 0) != 0);

  /** Any int. The kernel itself refuses invalid values. */
  static final OptionKind INTEGER = number(Integer.MIN_VALUE, Integer.MAX_VALUE);

  /**
   * An int that is not negative. The kernel would interpret a negative value as another number,
   * such as a huge one.
   */
  static final OptionKind NOT_NEGATIVE = number(0, Integer.MAX_VALUE);

  /** An int of -1 or more, where -1 has a special meaning. */
  static final OptionKind FROM_MINUS_ONE = number(-1, Integer.MAX_VALUE);

  /** A byte. The kernel would silently keep only the low eight bits. */
  static final OptionKind OCTET = number(0, 255);

  static final OptionKind UNSIGNED =
      new OptionKind(
          "a number between 0 and 4294967295",
          Integer.BYTES,
          (value, into, _) -> writeInt(value, 0, 0xffff_ffffL, into),
          (from, _) -> Integer.toUnsignedLong(from.get(JAVA_INT, 0)));

  /** A name. The kernel would silently truncate a longer one. */
  static final OptionKind TEXT =
      new OptionKind(
          "a text of at most 15 bytes",
          NetworkInterfaces.NAME_ROOM,
          (value, into, _) -> writeText(value, into),
          (from, _) -> from.getString(0));

  /** struct linger (socket(7)). */
  static final OptionKind LINGER =
      new OptionKind(
          "an object like {\"on\":true,\"seconds\":5}, its seconds not negative",
          2 * Integer.BYTES,
          (value, into, _) -> writeLinger(value, into),
          (from, _) ->
              new TreeMap<>(
                  Map.of(
                      "on",
                      from.get(JAVA_INT, 0) != 0,
                      "seconds",
                      (long) from.get(JAVA_INT, Integer.BYTES))));

  /**
   * struct timeval. The kernel rounds up to ticks, so the value that is read back may be slightly
   * larger.
   */
  static final OptionKind MILLISECONDS =
      new OptionKind(
          "milliseconds, 0 for no limit",
          2 * Long.BYTES,
          (value, into, _) -> writeMillis(value, into),
          (from, _) -> readMillis(from));

  static final OptionKind COOKIE =
      new OptionKind(
          "a number",
          Long.BYTES,
          (_, _, _) -> UNFIT,
          (from, _) -> unsigned(from.get(JAVA_LONG, 0)));

  private OptionKinds() {}

  private static OptionKind number(int min, int max) {
    return new OptionKind(
        "a number between " + min + " and " + max,
        Integer.BYTES,
        (value, into, _) -> writeInt(value, min, max, into),
        (from, _) -> (long) from.get(JAVA_INT, 0));
  }

  /** Converts an unsigned 64-bit number to a Long, or to a BigInteger if it does not fit. */
  static Number unsigned(long bits) {
    return bits >= 0 ? (Number) bits : new BigInteger(Long.toUnsignedString(bits));
  }

  private static int writeFlag(Object value, MemorySegment into) {
    if (value instanceof Boolean on) {
      into.set(JAVA_INT, 0, on ? 1 : 0);
      return Integer.BYTES;
    }
    return writeInt(value, 0, 1, into);
  }

  private static int writeInt(Object value, long min, long max, MemorySegment into) {
    if (!(value instanceof Long number) || number < min || number > max) {
      return UNFIT;
    }
    into.set(JAVA_INT, 0, number.intValue());
    return Integer.BYTES;
  }

  private static int writeText(Object value, MemorySegment into) {
    if (!(value instanceof String text)) {
      return UNFIT;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= NetworkInterfaces.NAME_ROOM || text.indexOf('\0') >= 0) {
      return UNFIT;
    }
    MemorySegment.copy(bytes, 0, into, JAVA_BYTE, 0, bytes.length);
    into.set(JAVA_BYTE, bytes.length, (byte) 0);
    return bytes.length + 1;
  }

  private static int writeLinger(Object value, MemorySegment into) {
    if (!(value instanceof Map<?, ?> linger) || !(linger.get("on") instanceof Boolean on)) {
      return UNFIT;
    }
    Object seconds = linger.containsKey("seconds") ? linger.get("seconds") : Long.valueOf(0);
    if (writeInt(seconds, 0, Integer.MAX_VALUE, into.asSlice(Integer.BYTES)) == UNFIT) {
      return UNFIT;
    }
    into.set(JAVA_INT, 0, on ? 1 : 0);
    return 2 * Integer.BYTES;
  }

  private static int writeMillis(Object value, MemorySegment into) {
    if (!(value instanceof Long millis) || millis < 0) {
      return UNFIT;
    }
    into.set(JAVA_LONG, 0, millis / 1000);
    into.set(JAVA_LONG, Long.BYTES, millis % 1000 * 1000);
    return 2 * Long.BYTES;
  }

  static long readMillis(MemorySegment from) {
    return from.get(JAVA_LONG, 0) * 1000 + from.get(JAVA_LONG, Long.BYTES) / 1000;
  }
}
