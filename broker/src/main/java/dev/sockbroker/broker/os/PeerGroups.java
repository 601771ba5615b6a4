package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/**
 * The groups that the process at the other end of a Unix connection had when it connected
 * (SO_PEERCRED and SO_PEERGROUPS, unix(7)).
 */
final class PeerGroups {
  private static final int SO_PEERCRED = 17;
  private static final int SO_PEERGROUPS = 59;

  /** struct ucred: pid, uid, gid. */
  private static final int UCRED_SIZE = 12;

  private static final int GID = 8;

  private PeerGroups() {}

  /** Returns the primary and the supplementary groups; none if the kernel does not report them. */
  static Set<Long> of(SystemCalls calls, int connection) {
    Set<Long> groups = new HashSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_SIZE);
      MemorySegment ucred = arena.allocate(UCRED_SIZE, Integer.BYTES);
      if (get(calls, connection, SO_PEERCRED, ucred, length) >= 0) {
        groups.add(Integer.toUnsignedLong(ucred.get(JAVA_INT, GID)));
      }
      // A call without room returns how much is needed.
      length.set(JAVA_INT, 0, 0);
      get(calls, connection, SO_PEERGROUPS, ucred, length);
      int bytes = length.get(JAVA_INT, 0);
      MemorySegment list = arena.allocate(Math.max(bytes, Integer.BYTES), Integer.BYTES);
      if (bytes > 0 && get(calls, connection, SO_PEERGROUPS, list, length) >= 0) {
        for (int i = 0; i < length.get(JAVA_INT, 0) / Integer.BYTES; i++) {
          groups.add(Integer.toUnsignedLong(list.getAtIndex(JAVA_INT, i)));
        }
      }
    }
    return groups;
  }

  private static int get(
      SystemCalls calls, int connection, int option, MemorySegment value, MemorySegment length) {
    return calls.getsockopt(
        connection, Linux.SOL_SOCKET, option, value.address(), length.address());
  }
}
