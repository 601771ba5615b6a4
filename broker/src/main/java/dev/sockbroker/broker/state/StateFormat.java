package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Turns the state into bytes and back. A header has the version and a checksum, so that a broker
 * refuses what it cannot read instead of misunderstanding it.
 *
 * <pre>
 *   8 bytes  "SOCKBRKR"
 *   4 bytes  version
 *   4 bytes  checksum of the rest (CRC-32C)
 *   8 bytes  length of the rest
 *   ...      a {@link SavedState}: its components in their order, see {@link StateType}
 * </pre>
 */
public final class StateFormat {
  /** The version that {@link #write} writes. */
  public static final int VERSION = 6;

  /** The oldest version that {@link #read} reads. */
  public static final int OLDEST = 1;

  private static final long MAGIC = 0x534f_434b_4252_4b52L;
  private static final int HEADER_BYTES = 24;
  private static final int VERSION_AT = 8;
  private static final int CHECKSUM_AT = 12;
  private static final int LENGTH_AT = 16;

  private StateFormat() {}

  /**
   * Writes a state.
   *
   * @param fds gets the open files of the state in the order in which they must travel
   */
  public static void write(SavedState state, ByteBuf out, List<Integer> fds) {
    int begin = out.writerIndex();
    out.writeLong(MAGIC).writeInt(VERSION).writeZero(HEADER_BYTES - CHECKSUM_AT);
    StateWriter writer = StateWriter.travelling(out, fds);
    StateType.of(SavedState.class).write(state, writer);
    writer.bytes();
    seal(out, begin);
  }

  /**
   * Writes a state, reads it back, and releases everything, for a rehearsal. Returns its length.
   */
  public static int writeAndRead(SavedState state) throws UnreadableStateException {
    ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer();
    try {
      List<Integer> fds = new ArrayList<>();
      write(state, bytes, fds);
      int length = bytes.readableBytes();
      StateReader reader = open(bytes, fds, ByteBufAllocator.DEFAULT);
      read(reader);
      reader.discard();
      return length;
    } finally {
      bytes.release();
    }
  }

  /** Writes checksum and length of what follows the header. */
  static void seal(ByteBuf out, int begin) {
    int length = out.writerIndex() - begin - HEADER_BYTES;
    out.setInt(begin + CHECKSUM_AT, checksum(out, begin + HEADER_BYTES, length));
    out.setLong(begin + LENGTH_AT, length);
  }

  /**
   * Reads a state. The buffers in it are copies, and belong to the caller.
   *
   * @param fds the open files of the state in this process, in the order in which they travelled
   * @param buffers for the data in the state
   * @throws UnreadableStateException if it is damaged, or of a version that this broker cannot read
   */
  public static SavedState read(ByteBuf in, List<Integer> fds, ByteBufAllocator buffers)
      throws UnreadableStateException {
    return read(open(in, fds, buffers));
  }

  /** Checks the header, and returns what follows. */
  private static StateReader open(ByteBuf in, List<Integer> fds, ByteBufAllocator buffers)
      throws UnreadableStateException {
    int begin = in.readerIndex();
    if (in.readableBytes() < HEADER_BYTES || in.getLong(begin) != MAGIC) {
      throw new UnreadableStateException("this is not the state of a broker");
    }
    int version = in.getInt(begin + VERSION_AT);
    if (version < OLDEST || version > VERSION) {
      throw new UnreadableStateException(
          "the state has version %d, and this broker reads versions %d to %d"
              .formatted(version, OLDEST, VERSION));
    }
    long length = in.getLong(begin + LENGTH_AT);
    if (length != in.readableBytes() - HEADER_BYTES
        || in.getInt(begin + CHECKSUM_AT) != checksum(in, begin + HEADER_BYTES, (int) length)) {
      throw new UnreadableStateException("the state is damaged: its checksum does not fit");
    }
    in.skipBytes(HEADER_BYTES);
    return new StateReader(in, fds::get, null, buffers, version);
  }

  private static SavedState read(StateReader reader) throws UnreadableStateException {
    try {
      return (SavedState) StateType.of(SavedState.class).read(reader);
    } catch (RuntimeException e) {
      reader.discard();
      throw new UnreadableStateException("the state cannot be read: " + e);
    }
  }

  private static int checksum(ByteBuf bytes, int from, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes.nioBuffer(from, length));
    return (int) sum.getValue();
  }
}
