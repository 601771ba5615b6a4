package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy of memory with 64 GiB, of which few pages exist. */
class SparseCopyTest {
  private static final long FAR = 50L << 30;
  private static final long SIZE_MAX = 1 << 20;

  @TempDir private Path directory;

  private static byte read(Path file, long offset) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      return one.get(0);
    }
  }

  @Test
  void shouldCopyWhatExistsForThisUserOnly() throws IOException {
    Path copy = directory.resolve("copy");
    try (KeptMemory memory = KeptMemory.create(1)) {
      memory.memory().set(JAVA_BYTE, KeptMemory.HEAP_AT + 5, (byte) 7);
      memory.memory().set(JAVA_BYTE, FAR, (byte) 9);
      memory.copyTo(copy, SIZE_MAX);
      assertThat(read(copy, KeptMemory.HEAP_AT + 5)).isEqualTo((byte) 7);
      assertThat(read(copy, FAR)).isEqualTo((byte) 9);
      assertThat(read(copy, FAR / 2)).isZero();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> memory.copyTo(copy, SIZE_MAX))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  @Test
  void shouldNotCopyMoreThanThat() throws IOException {
    try (KeptMemory memory = KeptMemory.create(1)) {
      memory.memory().asSlice(FAR, SIZE_MAX).fill((byte) 1);
      assertThatThrownBy(() -> memory.copyTo(directory.resolve("copy"), SIZE_MAX))
          .isInstanceOf(IOException.class)
          .hasMessage("there are more than 1,048,576 bytes");
    }
  }
}
