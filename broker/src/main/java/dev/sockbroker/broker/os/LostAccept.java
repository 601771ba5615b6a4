package dev.sockbroker.broker.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Finds the connection that accept(2) had returned when the process was killed, before it could
 * note the descriptor. It is an open file that no record knows, with the local address of the
 * listener.
 */
final class LostAccept {
  private static final int ADDRESS_ROOM = 128;

  private final SystemCalls calls = new SystemCalls();
  private final ValueCalls values = new ValueCalls(calls);
  private final HeldFiles files;

  LostAccept(HeldFiles files) {
    this.files = files;
  }

  /**
   * Takes the connection out of the holder.
   *
   * @param known the numbers of the files that records know
   * @param listener a descriptor of this process
   * @return a descriptor of this process, or -1 if there was none
   */
  int take(Set<Integer> known, int listener) throws IOException {
    ByteBuffer address = localAddress(listener);
    for (int number : files.numbers()) {
      int fd = known.contains(number) ? -1 : files.tryTake(number);
      if (fd >= 0 && isAccepted(fd) && address.equals(localAddress(fd))) {
        return fd;
      } else if (fd >= 0) {
        calls.close(fd);
      }
    }
    return -1;
  }

  private boolean isAccepted(int fd) {
    return values.getOption(fd, Linux.SOL_SOCKET, Linux.SO_ACCEPTCONN, Integer.BYTES) >= 0
        && values.getInt(fd, Linux.SOL_SOCKET, Linux.SO_ACCEPTCONN) == 0
        && values.getInt(fd, Linux.SOL_SOCKET, Linux.SO_TYPE) == Linux.SOCK_STREAM;
  }

  /**
   * What getsockname(2) returns; of an address of the internet only the family and the port,
   * because a listener can have a wildcard address.
   */
  private ByteBuffer localAddress(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_ROOM, 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, ADDRESS_ROOM);
      calls.getsockname(fd, address.address(), length.address());
      boolean isUnix = address.get(ValueLayout.JAVA_SHORT, 0) == Linux.AF_UNIX;
      int count = isUnix ? length.get(ValueLayout.JAVA_INT, 0) : Integer.BYTES;
      byte[] bytes =
          address.asSlice(0, Math.clamp(count, 0, ADDRESS_ROOM)).toArray(ValueLayout.JAVA_BYTE);
      return ByteBuffer.wrap(bytes);
    }
  }
}
