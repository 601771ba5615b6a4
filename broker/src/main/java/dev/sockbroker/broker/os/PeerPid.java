package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The process at the other end of a Unix connection (SO_PEERCRED, unix(7)). */
final class PeerPid {
  private static final int SO_PEERCRED = 17;

  /** struct ucred, whose first field is the pid. */
  private static final int UCRED_SIZE = 12;

  private PeerPid() {}

  /** Returns the pid, or 0 if the kernel does not report it. */
  static int of(SystemCalls calls, int connection) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ucred = arena.allocate(UCRED_SIZE, 4);
      MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_SIZE);
      int answer =
          calls.getsockopt(
              connection, Linux.SOL_SOCKET, SO_PEERCRED, ucred.address(), length.address());
      return answer < 0 ? 0 : ucred.get(JAVA_INT, 0);
    }
  }
}
