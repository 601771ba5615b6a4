package dev.sockbroker.broker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.junit.jupiter.api.Test;

class WholeLinesTest {
  private final Disk disk = new Disk();
  private final WholeLines lines = new WholeLines(disk);

  /** Takes bytes while there is room. */
  private static final class Disk implements WritableByteChannel {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private int room = Integer.MAX_VALUE;

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int count = Math.min(room, bytes.remaining());
      if (count == 0) {
        throw new IOException("No space left on device");
      }
      for (int i = 0; i < count; i++) {
        taken.write(bytes.get());
      }
      room -= count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private void write(String line) throws IOException {
    lines.write(line.getBytes(US_ASCII));
  }

  @Test
  void shouldCompleteALineBeforeTheNextOne() throws Exception {
    disk.room = 8;
    write("first\n");
    write("second\n");
    assertThatThrownBy(() -> write("third\n")).isInstanceOf(IOException.class);

    disk.room = 100;
    write("fourth\n");
    assertThat(disk.taken.toString(US_ASCII)).isEqualTo("first\nsecond\nfourth\n");
  }

  @Test
  void shouldCompleteTheLastLineAtTheEnd() throws Exception {
    disk.room = 3;
    write("first\n");

    disk.room = 100;
    lines.finish();
    assertThat(disk.taken.toString(US_ASCII)).isEqualTo("first\n");
  }

  @Test
  void shouldNotContinueALineOfOthers() throws Exception {
    lines.endLineOfOthers();
    write("first\n");
    assertThat(disk.taken.toString(US_ASCII)).isEqualTo("\nfirst\n");
  }
}
