package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The process at the other end of a Unix connection when it connected (SO_PEERCRED, unix(7)).
 *
 * @param pid 0 for a process of another pid namespace
 */
public record PeerCredentials(int pid, long uid, long gid) {
  private static final int SO_PEERCRED = 17;

  /** struct ucred: pid, uid, gid. */
  private static final int UCRED_ROOM = 12;

  private static final int UID = 4;
  private static final int GID = 8;

  /** Returns the credentials, or null if the kernel does not report them. */
  static PeerCredentials of(SystemCalls calls, int connection) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ucred = arena.allocate(UCRED_ROOM, Integer.BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_ROOM);
      int answer =
          calls.getsockopt(
              connection, Linux.SOL_SOCKET, SO_PEERCRED, ucred.address(), length.address());
      return answer < 0
          ? null
          : new PeerCredentials(ucred.get(JAVA_INT, 0), unsigned(ucred, UID), unsigned(ucred, GID));
    }
  }

  private static long unsigned(MemorySegment ucred, int at) {
    return Integer.toUnsignedLong(ucred.get(JAVA_INT, at));
  }
}
