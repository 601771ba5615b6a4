package dev.sockbroker.cli.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments and environment of this process as bytes, because a conversion to Java strings can
 * lose information.
 */
final class OwnBytes {
  private OwnBytes() {}

  /** The last {@code count} arguments. */
  static List<byte[]> arguments(int count) throws IOException {
    List<byte[]> all = texts("/proc/self/cmdline");
    return all.subList(all.size() - count, all.size());
  }

  /** The {@code NAME=VALUE} entries. */
  static List<byte[]> environment() throws IOException {
    return texts("/proc/self/environ");
  }

  private static List<byte[]> texts(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(file));
    List<byte[]> texts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        texts.add(Arrays.copyOfRange(bytes, start, i));
        start = i + 1;
      }
    }
    return texts;
  }
}
