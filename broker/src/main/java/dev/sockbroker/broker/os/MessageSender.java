package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sends one message: sendto(2), or sendmmsg(2) if calls are noted. Loop thread only. */
final class MessageSender {
  // struct iovec
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int VECTOR_ROOM = 16;

  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;

  private final SystemCalls calls;
  private final CallLog log;
  private final MemorySegment vector = Arena.global().allocate(VECTOR_ROOM, 8);

  /**
   * @param log null if no calls are noted
   */
  MessageSender(SystemCalls calls, CallLog log) {
    this.calls = calls;
    this.log = log;
  }

  /**
   * @param buffer the address of {@code length} bytes
   * @param to the address of a socket address, 0 for the connected peer
   * @return the number of bytes that the kernel took, or -errno
   */
  int send(int fd, long buffer, int length, int flags, long to, int toLength) {
    if (log == null) {
      return (int) calls.sendto(fd, buffer, length, flags, to, toLength);
    }
    vector.set(JAVA_LONG, BASE, buffer);
    vector.set(JAVA_LONG, LENGTH, length);
    long at = log.begin(CallLog.Kind.SEND, fd, buffer);
    MemorySegment memory = log.memory();
    long message = at + CallLog.MESSAGE;
    memory.set(JAVA_LONG, message + NAME, to);
    memory.set(JAVA_INT, message + NAME_LENGTH, toLength);
    memory.set(JAVA_LONG, message + VECTOR, vector.address());
    memory.set(JAVA_LONG, message + VECTOR_COUNT, 1);
    memory.set(JAVA_LONG, message + CONTROL, 0);
    memory.set(JAVA_LONG, message + CONTROL_LENGTH, 0);
    memory.set(JAVA_INT, message + FLAGS, 0);
    int answer = calls.sendmmsg(fd, log.message(at), flags);
    if (answer < 1) {
      log.settle();
      return answer == 0 ? -Errno.EAGAIN : answer;
    }
    return log.length(at);
  }
}
