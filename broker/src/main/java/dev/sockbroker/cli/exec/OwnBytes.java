package dev.sockbroker.cli.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** This process's arguments and environment as bytes: as Java texts they need not survive. */
final class OwnBytes {
  private OwnBytes() {}

  /** The last so many arguments. */
  static List<byte[]> arguments(int count) throws IOException {
    List<byte[]> all = texts("/proc/self/cmdline");
    return all.subList(all.size() - count, all.size());
  }

  /** Each {@code NAME=VALUE}. */
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
