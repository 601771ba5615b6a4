package dev.sockbroker.broker.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The buffer through which streams pass bytes on. All of them share it, because no bytes stay in it
 * for longer than one step. Loop thread only.
 */
public final class Scratch {
  /** Its size in bytes. */
  public static final int BYTES = StreamLane.CHUNK_BYTES;

  private final ByteBufAllocator buffers;
  private ByteBuf bytes;

  public Scratch(ByteBufAllocator buffers) {
    this.buffers = buffers;
    bytes = buffers.directBuffer(BYTES, BYTES);
  }

  /** Returns the empty buffer. */
  ByteBuf take() {
    return bytes.clear();
  }

  /**
   * Uses another buffer from now on. Bytes of this one were not passed on, and until the next
   * commit only the log of system calls says where they are.
   */
  void renew() {
    bytes.release();
    bytes = buffers.directBuffer(BYTES, BYTES);
  }
}
