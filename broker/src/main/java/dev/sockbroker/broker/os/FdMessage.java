package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of one message with file descriptors: a struct msghdr with one struct iovec and one
 * struct cmsghdr of SCM_RIGHTS (unix(7), cmsg(3)). Reusable. For one thread at a time.
 */
final class FdMessage {
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 0x8;

  // struct msghdr
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_BYTES = 56;
  // struct iovec
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int VECTOR_BYTES = 16;
  // struct cmsghdr
  private static final int CMSG_LENGTH = 0;
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;
  private static final int CMSG_ALIGNMENT = 8;

  private final MemorySegment header;
  private final MemorySegment vector;
  private final MemorySegment bytes;
  private final MemorySegment control;

  /**
   * @param memory an arena that lives as long as this object
   */
  FdMessage(Arena memory, int bytesMax, int fdsMax) {
    header = memory.allocate(HEADER_BYTES, 8);
    vector = memory.allocate(VECTOR_BYTES, 8);
    bytes = memory.allocate(bytesMax);
    control = memory.allocate(room(fdsMax), CMSG_ALIGNMENT);
    vector.set(JAVA_LONG, BASE, bytes.address());
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
  }

  private static int room(int fds) {
    int length = CMSG_DATA + Integer.BYTES * fds;
    return (length + CMSG_ALIGNMENT - 1) & -CMSG_ALIGNMENT;
  }

  /** The bytes of the message. */
  MemorySegment bytes() {
    return bytes;
  }

  /** Prepares to send the first bytes. Returns the address for sendmsg(2). */
  long toSend(int length, List<Integer> fds) {
    vector.set(JAVA_LONG, LENGTH, length);
    header.set(JAVA_LONG, CONTROL, fds.isEmpty() ? 0 : control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, fds.isEmpty() ? 0 : room(fds.size()));
    control.set(JAVA_LONG, CMSG_LENGTH, CMSG_DATA + (long) Integer.BYTES * fds.size());
    control.set(JAVA_INT, CMSG_LEVEL, Linux.SOL_SOCKET);
    control.set(JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
    for (int i = 0; i < fds.size(); i++) {
      control.set(JAVA_INT, CMSG_DATA + (long) Integer.BYTES * i, fds.get(i));
    }
    return header.address();
  }

  /** Prepares to receive. Returns the address for recvmsg(2). */
  long toReceive() {
    vector.set(JAVA_LONG, LENGTH, bytes.byteSize());
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, control.byteSize());
    return header.address();
  }

  /** The struct msghdr. */
  MemorySegment header() {
    return header;
  }

  /** The descriptors that were received. */
  List<Integer> fds() {
    List<Integer> fds = new ArrayList<>();
    if (header.get(JAVA_LONG, CONTROL_LENGTH) >= CMSG_DATA
        && control.get(JAVA_INT, CMSG_TYPE) == SCM_RIGHTS) {
      long end = control.get(JAVA_LONG, CMSG_LENGTH);
      for (long at = CMSG_DATA; at < end; at += Integer.BYTES) {
        fds.add(control.get(JAVA_INT, at));
      }
    }
    return fds;
  }

  /** Whether some descriptors were lost, because they did not fit into this process. */
  boolean isCut() {
    return (header.get(JAVA_INT, FLAGS) & MSG_CTRUNC) != 0;
  }
}
