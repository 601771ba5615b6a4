package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * What a connecting socket of the JDK's is until the broker has connected it: the full end of a
 * pipe, which is not ready for anything. Any thread may call any method.
 */
final class Placeholder {
  private static final int SOME_BYTES = 65_536;

  private final Pipe pipe;

  private Placeholder(Pipe pipe) {
    this.pipe = pipe;
  }

  /** Becomes the file behind the descriptor. */
  static Placeholder behind(FileDescriptor fd, FdReplacement replacement) throws IOException {
    Pipe pipe = Pipe.open();
    try (Pipe.SinkChannel sink = pipe.sink()) {
      sink.configureBlocking(false);
      ByteBuffer bytes = ByteBuffer.allocate(SOME_BYTES);
      while (sink.write(bytes) > 0) {
        bytes.clear();
      }
      replacement.replace(fd, Jdk.numberOf(sink));
      return new Placeholder(pipe);
    } catch (IOException | RuntimeException e) {
      pipe.source().close();
      throw e;
    }
  }

  /** Wakes everyone who waits for the descriptor. A pipe without a reader is ready, by an error. */
  void wake() throws IOException {
    pipe.source().close();
  }
}
