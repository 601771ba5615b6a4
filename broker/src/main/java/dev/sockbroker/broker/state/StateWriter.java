package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** The destination of a state: bytes, and the files that travel with them. */
final class StateWriter {
  private final ByteBuf out;
  private final List<Integer> fds;
  private final FrameCodec codec = new FrameCodec();

  StateWriter(ByteBuf out, List<Integer> fds) {
    this.out = out;
    this.fds = fds;
  }

  ByteBuf bytes() {
    return out;
  }

  /** Writes a number of 7 bits a byte, small ones in one byte. Negative numbers take 10 bytes. */
  void number(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.writeByte((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  void fd(Fd fd) {
    number(fds.size());
    fds.add(fd.number());
  }

  /** Writes a request as a frame without its payload. */
  void request(Request request) {
    var frame = codec.encode(1, request, 0);
    number(frame.remaining());
    out.writeBytes(frame);
  }
}
