package dev.sockbroker.broker.os;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A path split into its directory and the entry in it, both as bytes. */
record UnixPath(byte[] directory, byte[] name) {
  /**
   * @param path absolute
   */
  static UnixPath of(byte[] path) {
    int slash = path.length - 1;
    while (slash > 0 && path[slash] != '/') {
      slash--;
    }
    return new UnixPath(
        Arrays.copyOf(path, Math.max(slash, 1)), Arrays.copyOfRange(path, slash + 1, path.length));
  }

  static UnixPath of(String path) {
    return of(path.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whether the text of an address is the path of a file. False for an abstract name and an empty
   * text.
   */
  static boolean isFile(String text) {
    return !text.isEmpty() && !text.startsWith("@");
  }
}
