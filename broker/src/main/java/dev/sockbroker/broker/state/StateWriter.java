package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** The destination of a state: bytes, and the files that travel with them. */
final class StateWriter {
  private static final int NUMBER_BYTES_MAX = 10;

  private final ByteBuf out;
  private final List<Integer> fds;
  private final FrameCodec codec = new FrameCodec();

  /** Numbers not yet copied to the buffer. There are many, and writing to an array is faster. */
  private final byte[] numbers = new byte[512];

  private int kept;

  StateWriter(ByteBuf out, List<Integer> fds) {
    this.out = out;
    this.fds = fds;
  }

  /** Returns the buffer, which then contains everything written so far. */
  ByteBuf bytes() {
    out.writeBytes(numbers, 0, kept);
    kept = 0;
    return out;
  }

  /** Writes a number of 7 bits a byte, small ones in one byte. Negative numbers take 10 bytes. */
  void number(long value) {
    if (kept > numbers.length - NUMBER_BYTES_MAX) {
      bytes();
    }
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      numbers[kept++] = (byte) (rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    numbers[kept++] = (byte) rest;
  }

  void fd(Fd fd) {
    number(fds.size());
    fds.add(fd.number());
  }

  /** Writes a request as a frame without its payload. */
  void request(Request request) {
    var frame = codec.encode(1, request, 0);
    number(frame.remaining());
    bytes().writeBytes(frame);
  }
}
