package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** The destination of a state: bytes, and the files that travel with them. */
final class StateWriter {
  private static final int NUMBER_BYTES_MAX = 10;

  private final ByteBuf out;
  private final IntUnaryOperator fds;
  private final BufferMemory memory;
  private final FrameCodec codec = new FrameCodec();

  /** Numbers not yet copied to the buffer. There are many, and writing to an array is faster. */
  private final byte[] numbers = new byte[512];

  private int kept;

  /**
   * @param fds returns what is written for a file descriptor
   * @param memory in which buffers are referred to; null to copy all of them
   */
  StateWriter(ByteBuf out, IntUnaryOperator fds, BufferMemory memory) {
    this.out = out;
    this.fds = fds;
    this.memory = memory;
  }

  /** Writes a state as a whole, whose files travel in the order of their places in a list. */
  static StateWriter travelling(ByteBuf out, List<Integer> fds) {
    return new StateWriter(
        out,
        number -> {
          fds.add(number);
          return fds.size() - 1;
        },
        null);
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
    number(fds.applyAsInt(fd.number()));
  }

  /** Writes the readable bytes of a buffer, or where they are. */
  void buffer(ByteBuf buffer) {
    number(buffer.readableBytes());
    if (memory == null) {
      bytes().writeBytes(buffer, buffer.readerIndex(), buffer.readableBytes());
    } else if (buffer instanceof CompositeByteBuf parts) {
      for (int i = 0; i < parts.numComponents(); i++) {
        part(parts.componentSlice(i));
      }
    } else {
      part(buffer);
    }
  }

  private void part(ByteBuf part) {
    int length = part.readableBytes();
    if (length == 0) {
      return;
    }
    long at = part.hasMemoryAddress() ? memory.offset(part.memoryAddress()) : -1;
    number(length);
    number(at < 0 ? 0 : at + part.readerIndex());
    if (at < 0) {
      bytes().writeBytes(part, part.readerIndex(), length);
    }
  }

  /** Writes a request as a frame without its payload. */
  void request(Request request) {
    var frame = codec.encode(1, request, 0);
    number(frame.remaining());
    bytes().writeBytes(frame);
  }
}
