package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Sends a descriptor with a message of 9 bytes: a zero and the request's id (unix(7), SCM_RIGHTS).
 * A receive of one byte gets the zero and the descriptor.
 */
final class FdSender {
  private static final int SCM_RIGHTS = 1;
  private static final int MESSAGE_BYTES = 1 + Long.BYTES;
  private static final ValueLayout.OfLong REQUEST_ID =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** The length of struct cmsghdr with one descriptor, without and with padding. */
  private static final int CMSG_LENGTH = 20;

  private static final int CMSG_ROOM = 24;

  /** Offsets in struct msghdr and struct iovec. */
  private static final int VECTOR = 16;

  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int HEADER_BYTES = 56;

  private final SystemCalls calls;
  private final MemorySegment header = Arena.global().allocate(HEADER_BYTES, 8);
  private final MemorySegment vector = Arena.global().allocate(16, 8);
  private final MemorySegment message = Arena.global().allocate(MESSAGE_BYTES);
  private final MemorySegment control = Arena.global().allocate(CMSG_ROOM, 8);

  FdSender(SystemCalls calls) {
    this.calls = calls;
    vector.set(JAVA_LONG, 0, message.address());
    vector.set(JAVA_LONG, 8, MESSAGE_BYTES);
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, CMSG_ROOM);
    control.set(JAVA_LONG, 0, CMSG_LENGTH);
    control.set(JAVA_INT, 8, Linux.SOL_SOCKET);
    control.set(JAVA_INT, 12, SCM_RIGHTS);
  }

  /** Sends the descriptor. Returns 0 or -errno. The caller keeps the descriptor. */
  int send(int connection, long requestId, int fd) {
    message.set(JAVA_BYTE, 0, (byte) 0);
    message.set(REQUEST_ID, 1, requestId);
    control.set(JAVA_INT, 16, fd);
    int flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
    long answer = calls.sendmsg(connection, header.address(), flags);
    // A stream takes such a short message completely or not at all.
    return answer < 0 ? (int) answer : 0;
  }
}
