package dev.sockbroker.system;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The memory with the state of a broker, as its holder keeps it.
 *
 * @param holder the pid of the holder
 * @param file the memory
 */
record LeftMemory(long holder, Path file) {
  /** The first records. See KeptMemory in the broker. */
  static final long HEAP_AT = 2 << 20;

  private static final long CRASHES_AT = 128;
  private static final int CRASHES_BYTES = 64;

  /**
   * Finds it.
   *
   * @param socket the path of the broker
   */
  static LeftMemory of(Path socket) throws IOException {
    String[] words = Files.readString(Path.of(socket + ".kept")).strip().split(" ");
    return new LeftMemory(
        Long.parseLong(words[0]), Path.of("/proc/" + words[0] + "/fd/" + words[2]));
  }

  boolean isHeld() {
    return ProcessHandle.of(holder).isPresent();
  }

  /** Damages it. */
  void fill(long offset, int length, byte value) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, value);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  /** Lets the broker crash as if it had never crashed before. */
  void forgetCrashes() throws IOException {
    fill(CRASHES_AT, CRASHES_BYTES, (byte) 0);
  }
}
