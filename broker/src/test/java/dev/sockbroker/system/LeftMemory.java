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
public record LeftMemory(long holder, Path file) {
  /** Where it says where the records are. See KeptMemory in the broker. */
  private static final long EXTENTS_AT = 4096;

  private static final int EXTENTS_BYTES = 512 << 10;
  private static final long CRASHES_AT = 128;
  private static final int CRASHES_BYTES = 64;

  /**
   * Finds it.
   *
   * @param socket the path of the broker
   */
  public static LeftMemory of(Path socket) throws IOException {
    String[] words = Files.readString(Path.of(socket + ".kept")).strip().split(" ");
    return new LeftMemory(
        Long.parseLong(words[0]), Path.of("/proc/" + words[0] + "/fd/" + words[2]));
  }

  boolean isHeld() {
    return ProcessHandle.of(holder).isPresent();
  }

  /** Damages what says that it is such memory. */
  void damageMark() throws IOException {
    fill(0, Long.BYTES, (byte) 0xff);
  }

  /** Overwrites the list of extents, so that it points outside the records. */
  void damageRecords() throws IOException {
    fill(EXTENTS_AT, EXTENTS_BYTES, (byte) 0xff);
  }

  private void fill(long offset, int length, byte value) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, value);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  /** Lets the broker crash as if it had never crashed before. */
  public void forgetCrashes() throws IOException {
    fill(CRASHES_AT, CRASHES_BYTES, (byte) 0);
  }
}
