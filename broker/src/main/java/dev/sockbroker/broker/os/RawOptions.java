package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Reads and sets options by level and number with values as hexadecimal bytes. Refuses options that
 * would blind or harm the broker (rule 49). Loop thread only.
 */
final class RawOptions {
  private record Number(int level, int number) {}

  /** The refused options with the reason, as the end of a sentence. */
  private static final Map<Number, String> REFUSED = new HashMap<>();

  static {
    refuse("it would hide data from the broker", Linux.SOL_SOCKET, 42, 45);
    refuse("it would reserve memory that is charged to nobody", Linux.SOL_SOCKET, 73);
    refuse("it would change how the machine polls its network card", Linux.SOL_SOCKET, 69, 70);
    refuse("it concerns device memory", Linux.SOL_SOCKET, 78, 79, 80);
    refuse("it would fill an error queue that nobody reads", Linux.SOL_IP, 11, 26);
    refuse("it would fill an error queue that nobody reads", Linux.SOL_IPV6, 25, 31);
    refuse("it would fill an error queue that nobody reads", Linux.SOL_SOCKET, 37, 41, 60, 61, 65);
    refuse(
        "a filter takes descriptors and memory of the broker's and cannot be seen by others",
        Linux.SOL_SOCKET,
        26,
        27,
        44,
        50,
        51,
        52,
        68);
    refuse(
        "the broker keeps the time itself: use SO_RCVTIMEO or SO_SNDTIMEO by name",
        Linux.SOL_SOCKET,
        20,
        21,
        66,
        67);
    refuse(
        "reading it clears the error for all holders: ask for SO_ERROR by name",
        Linux.SOL_SOCKET,
        Linux.SO_ERROR);
    refuse("reading it takes the error away from all holders", Linux.SOL_TCP, 35);
    refuse(
        "it exceeds the machine's limit with a privilege of the broker's",
        Linux.SOL_SOCKET,
        32,
        33);
    refuse("it changes the machine's security policy for this socket", Linux.SOL_IP, 16, 17);
    refuse("it changes the machine's security policy for this socket", Linux.SOL_IPV6, 34, 35);
    refuse("the kernel would take datagrams before the broker sees them", Linux.SOL_UDP, 100);
    refuse("it would open a descriptor in the broker", Linux.SOL_SOCKET, 76, 77);
    refuse(
        "it would change what the broker's calls do",
        Linux.SOL_TCP,
        19,
        20,
        21,
        22,
        29,
        30,
        31,
        36,
        42);
    refuse("it would make another kind of socket of it", Linux.SOL_IPV6, 1);
    refuse(
        "it concerns the machine's packet filter, not this socket", Linux.SOL_IP, 64, 65, 66, 67);
    refuse(
        "it concerns the machine's packet filter, not this socket",
        Linux.SOL_IP,
        83,
        96,
        97,
        98,
        99);
    refuse("it concerns the machine's packet filter, not this socket", Linux.SOL_IP, 128, 129);
    refuse(
        "it concerns the machine's packet filter, not this socket", Linux.SOL_IPV6, 64, 65, 68, 69);
  }

  /**
   * The last reviewed number of each level (Linux 6.18). Newer options could do anything, and so
   * could modules that add their own options with higher numbers.
   */
  private static final Map<Integer, Integer> LAST_KNOWN =
      Map.of(
          Linux.SOL_SOCKET, 84,
          Linux.SOL_IP, 80,
          Linux.SOL_IPV6, 80,
          Linux.SOL_TCP, 46,
          Linux.SOL_UDP, 104);

  private final ValueCalls values;

  RawOptions(ValueCalls values) {
    this.values = values;
  }

  private static void refuse(String reason, int level, int... numbers) {
    for (int number : numbers) {
      REFUSED.put(new Number(level, number), reason);
    }
  }

  /**
   * @param length the maximum number of bytes to read, 0 for no maximum
   */
  String get(int fd, int level, int number, int length) {
    checkAllowed(level, number);
    if (length < 0 || length > ValueCalls.ROOM) {
      throw new RefusedException(
          Errno.EINVAL, "an option has between 0 and " + ValueCalls.ROOM + " bytes, not " + length);
    }
    int answer = values.getOption(fd, level, number, length == 0 ? ValueCalls.ROOM : length);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "read " + words(level, number));
    }
    return hex(answer);
  }

  /**
   * Sets an option. Returns the value read back, or the given value if the option cannot be read.
   */
  String set(int fd, int level, int number, String hex) {
    checkAllowed(level, number);
    byte[] bytes = bytes(hex);
    MemorySegment.copy(bytes, 0, values.value(), JAVA_BYTE, 0, bytes.length);
    boolean linger = level == Linux.SOL_SOCKET && number == Linux.SO_LINGER;
    if (linger && bytes.length >= 8 && values.value().get(JAVA_INT, 4) < 0) {
      throw new RefusedException(Errno.EINVAL, "SO_LINGER's seconds are negative");
    }
    int answer = values.setOption(fd, level, number, bytes.length);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "set " + words(level, number));
    }
    int length = values.getOption(fd, level, number, Math.max(bytes.length, 1));
    return length < 0 ? HexFormat.of().formatHex(bytes) : hex(length);
  }

  private static void checkAllowed(int level, int number) {
    String reason = REFUSED.get(new Number(level, number));
    if (reason != null) {
      throw new RefusedException(
          Errno.EPERM, words(level, number) + " is refused by the broker: " + reason);
    } else if (number > LAST_KNOWN.getOrDefault(level, -1)) {
      throw new RefusedException(
          Errno.ENOPROTOOPT, words(level, number) + " is unknown to the broker");
    }
  }

  private static byte[] bytes(String hex) {
    if (hex.length() > 2 * ValueCalls.ROOM) {
      throw new RefusedException(
          Errno.EINVAL, "an option has at most " + ValueCalls.ROOM + " bytes");
    }
    try {
      return HexFormat.of().parseHex(hex);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(
          Errno.EINVAL, "an option by number takes its bytes as hexadecimal digits: " + hex);
    }
  }

  private String hex(int length) {
    return HexFormat.of().formatHex(values.value().asSlice(0, length).toArray(JAVA_BYTE));
  }

  private static String words(int level, int number) {
    return "option " + number + " of level " + level;
  }
}
