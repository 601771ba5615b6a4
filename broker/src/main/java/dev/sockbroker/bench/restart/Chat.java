package dev.sockbroker.bench.restart;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The lines that chat clients send and get back: of a fixed length, numbered, and each of its
 * client alone. So a line says where in the stream it stands.
 */
final class Chat {
  static final int LINE_BYTES = 64;

  private static final int NUMBER_END = 10;

  private Chat() {}

  /** The line of that number, from 0. */
  static byte[] line(int client, long number) {
    return "%010d client %03d %s\n"
        .formatted(number, client, "x".repeat(LINE_BYTES - NUMBER_END - 13))
        .getBytes(US_ASCII);
  }

  /** Where in its stream the line stands that begins there. */
  static long offset(byte[] bytes, int at) {
    return LINE_BYTES * Long.parseLong(new String(bytes, at, NUMBER_END, US_ASCII));
  }
}
