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
  private static final int SO_PEERGROUPS = 59;

  private PeerGroups() {}

  /** Returns the primary and the supplementary groups; none if the kernel does not report them. */
  static Set<Long> of(SystemCalls calls, int connection) {
    Set<Long> groups = new HashSet<>();
    PeerCredentials peer = PeerCredentials.of(calls, connection);
    if (peer != null) {
      groups.add(peer.gid());
    }
    try (Arena arena = Arena.ofConfined()) {
      // A call without room returns how much is needed.
      MemorySegment length = arena.allocateFrom(JAVA_INT, 0);
      get(calls, connection, length, length);
      int bytes = length.get(JAVA_INT, 0);
      MemorySegment list = arena.allocate(Math.max(bytes, Integer.BYTES), Integer.BYTES);
      if (bytes > 0 && get(calls, connection, list, length) >= 0) {
        for (int i = 0; i < length.get(JAVA_INT, 0) / Integer.BYTES; i++) {
          groups.add(Integer.toUnsignedLong(list.getAtIndex(JAVA_INT, i)));
        }
      }
    }
    return groups;
  }

  private static int get(
      SystemCalls calls, int connection, MemorySegment value, MemorySegment length) {
    return calls.getsockopt(
        connection, Linux.SOL_SOCKET, SO_PEERGROUPS, value.address(), length.address());
  }
}
