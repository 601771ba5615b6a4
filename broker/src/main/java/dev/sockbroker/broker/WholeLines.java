package dev.sockbroker.broker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes lines of which each is complete before the next one begins, even if a full disk has taken
 * only a part of one.
 */
final class WholeLines {
  private final WritableByteChannel target;

  /** What is missing of the last line. */
  private ByteBuffer rest = ByteBuffer.allocate(0);

  WholeLines(WritableByteChannel target) {
    this.target = target;
  }

  /** Ends a line that another process has left unfinished. */
  void endLineOfOthers() {
    rest = ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Writes a line. If the target takes only a part of it, the rest follows at the next call.
   *
   * @throws IOException if the target took nothing of it
   */
  void write(byte[] line) throws IOException {
    finish();
    ByteBuffer next = ByteBuffer.wrap(line);
    try {
      drain(next);
    } catch (IOException e) {
      if (next.position() == 0) {
        throw e;
      }
      rest = next;
    }
  }

  /** Writes what is missing of the last line. */
  void finish() throws IOException {
    drain(rest);
  }

  private void drain(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }
}
