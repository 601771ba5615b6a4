package dev.sockbroker.bench.restart;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The lines that chat clients send and get back. They have a fixed length and a number, and differ
 * between clients. So a line shows its position in its stream.
 */
final class Chat {
  static final int LINE_BYTES = 64;

  private static final int NUMBER_END = 10;

  private Chat() {}

  /** The line with that number, counted from 0. */
  static byte[] line(int client, long number) {
    return "%010d client %03d %s\n"
        .formatted(number, client, "x".repeat(LINE_BYTES - NUMBER_END - 13))
        .getBytes(US_ASCII);
  }

  /** The position in its stream of the line that begins there. */
  static long offset(byte[] bytes, int at) {
    return LINE_BYTES * Long.parseLong(new String(bytes, at, NUMBER_END, US_ASCII));
  }
}
