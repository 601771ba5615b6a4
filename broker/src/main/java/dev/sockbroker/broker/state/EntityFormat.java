package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.IntUnaryOperator;

/**
 * Turns one record of the state into bytes and back, as {@link StateFormat} does it with all of
 * them. Files are written as their numbers. Loop thread only.
 */
public final class EntityFormat {
  private final StateWriter writer;

  /**
   * @param out gets the bytes
   * @param memory in which buffers are referred to; null to copy all of them
   */
  public EntityFormat(ByteBuf out, BufferMemory memory) {
    writer = new StateWriter(out, number -> number, memory);
  }

  /** Writes a record of this package. */
  public void write(Record saved) {
    StateType.of(saved.getClass()).write(saved, writer);
    writer.bytes();
  }

  /**
   * Reads a record. The buffers in it are copies, and belong to the caller.
   *
   * @param fds returns the descriptor in this process for one of the other process
   * @param version with which it was written
   * @throws UnreadableStateException if it is damaged
   */
  public static <T extends Record> T read(
      Class<T> type,
      ByteBuf in,
      BufferMemory memory,
      IntUnaryOperator fds,
      ByteBufAllocator buffers,
      int version)
      throws UnreadableStateException {
    StateReader reader = new StateReader(in, fds, memory, buffers, version);
    try {
      return type.cast(StateType.of(type).read(reader));
    } catch (RuntimeException e) {
      reader.discard();
      throw new UnreadableStateException(type.getSimpleName() + " cannot be read: " + e);
    }
  }
}
