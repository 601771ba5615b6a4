package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.broker.kernel.SendQueue;
import dev.sockbroker.protocol.Errno;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sends one message by one call, from one buffer or several, with structures that are allocated
 * once. Loop thread only.
 */
final class MessageSender {
  private static final int VECTORS_MAX = 64;

  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_ROOM = 56;

  // struct iovec
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int VECTOR_ROOM = 16;

  private final SystemCalls calls;
  private final CallLog log;
  private final MemorySegment header = Arena.global().allocate(HEADER_ROOM, 8);
  private final MemorySegment vectors = Arena.global().allocate(VECTORS_MAX * VECTOR_ROOM, 8);

  /**
   * @param log null if no calls are noted
   */
  MessageSender(SystemCalls calls, CallLog log) {
    this.calls = calls;
    this.log = log;
    header.set(JAVA_LONG, VECTOR, vectors.address());
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
    vector(0, buffer, length);
    return sendLogged(fd, buffer, length, 1, flags, to, toLength);
  }

  /** Sends the first segments of a queue that is not empty. Returns the count, or -errno. */
  int send(int fd, SendQueue from, int flags) {
    int count = Math.min(from.size(), VECTORS_MAX);
    long first = address(from.get(0));
    if (count == 1) {
      return send(fd, first, from.get(0).readableBytes(), flags, 0, 0);
    }
    for (int i = 0; i < count; i++) {
      vector(i, address(from.get(i)), from.get(i).readableBytes());
    }
    if (log != null) {
      return sendLogged(fd, first, 0, count, flags, 0, 0);
    }
    header.set(JAVA_LONG, VECTOR_COUNT, count);
    return (int) calls.sendmsg(fd, header.address(), flags);
  }

  private void vector(int index, long base, int length) {
    vectors.set(JAVA_LONG, (long) index * VECTOR_ROOM + BASE, base);
    vectors.set(JAVA_LONG, (long) index * VECTOR_ROOM + LENGTH, length);
  }

  private int sendLogged(
      int fd, long first, int length, int count, int flags, long to, int toLength) {
    long at = log.begin(CallLog.Kind.SEND, fd, first, length);
    MemorySegment memory = log.memory();
    long message = at + CallLog.MESSAGE;
    memory.set(JAVA_LONG, message + NAME, to);
    memory.set(JAVA_INT, message + NAME_LENGTH, toLength);
    memory.set(JAVA_LONG, message + VECTOR, vectors.address());
    memory.set(JAVA_LONG, message + VECTOR_COUNT, count);
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

  private static long address(ByteBuf bytes) {
    return bytes.memoryAddress() + bytes.readerIndex();
  }
}
