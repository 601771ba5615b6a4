package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;

/** Memory that outlives the process, in which a state can refer to buffers. */
public interface BufferMemory {

  /** Returns where an address is in this memory: more than 0, or -1 if it is elsewhere. */
  long offset(long address);

  /**
   * Appends bytes of this memory to a buffer.
   *
   * @param offset as {@link #offset} returned it for the first byte
   * @throws IllegalArgumentException if they are not all in this memory
   */
  void read(long offset, int length, ByteBuf into);
}
