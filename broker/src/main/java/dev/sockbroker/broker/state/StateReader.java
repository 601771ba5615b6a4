package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** The source of a state: bytes of one version, and the files that travelled with them. */
final class StateReader {
  private final ByteBuf in;
  private final IntUnaryOperator fds;
  private final BufferMemory memory;
  private final ByteBufAllocator buffers;
  private final int version;
  private final List<ByteBuf> made = new ArrayList<>();
  private final FrameCodec codec = new FrameCodec();

  /**
   * @param fds returns the descriptor in this process for what was written
   * @param memory in which the buffers are that were not copied; null if all were
   */
  StateReader(
      ByteBuf in,
      IntUnaryOperator fds,
      BufferMemory memory,
      ByteBufAllocator buffers,
      int version) {
    this.in = in;
    this.fds = fds;
    this.memory = memory;
    this.buffers = buffers;
    this.version = version;
  }

  ByteBuf bytes() {
    return in;
  }

  /** Reads bytes into a new buffer in direct memory. */
  ByteBuf buffer() {
    int count = memory == null ? count() : Math.toIntExact(number());
    ByteBuf buffer = buffers.directBuffer(count);
    made.add(buffer);
    if (memory == null) {
      return buffer.writeBytes(in, count);
    }
    while (buffer.readableBytes() < count) {
      part(buffer);
    }
    return buffer;
  }

  private void part(ByteBuf into) {
    int length = Math.toIntExact(number());
    long at = number();
    if (at == 0) {
      into.writeBytes(in, length);
    } else {
      memory.read(at, length, into);
    }
  }

  /** Releases the buffers, because the state cannot be read. */
  void discard() {
    made.forEach(ByteBuf::release);
  }

  int version() {
    return version;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.readByte();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }

  /** Reads how many elements or bytes follow. Each takes at least one byte. */
  int count() {
    long count = number();
    if (count < 0 || count > in.readableBytes()) {
      throw new IllegalArgumentException("a length of " + count);
    }
    return (int) count;
  }

  Fd fd() {
    return new Fd(fds.applyAsInt(Math.toIntExact(number())));
  }

  Request request() {
    byte[] frame = new byte[count()];
    in.readBytes(frame);
    try {
      return (Request) codec.decode(ByteBuffer.wrap(frame), Integer.MAX_VALUE).message();
    } catch (MalformedFrameException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
