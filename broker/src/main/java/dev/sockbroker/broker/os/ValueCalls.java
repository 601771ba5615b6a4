package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that exchange small values through memory, and that memory. Loop thread only.
 */
final class ValueCalls {
  /** The longest option value that is read or set. */
  static final int ROOM = 4096;

  private static final int POLL_EVENTS = 4;
  private static final int POLL_ANSWER = 6;

  private final SystemCalls calls;
  private final MemorySegment value = Arena.global().allocate(ROOM, 8);
  private final MemorySegment length = Arena.global().allocate(JAVA_INT);
  private final MemorySegment pollFd = Arena.global().allocate(8, 4);

  ValueCalls(SystemCalls calls) {
    this.calls = calls;
  }

  /** The memory that {@link #getOption} fills and {@link #setOption} uses, from its start. */
  MemorySegment value() {
    return value;
  }

  /**
   * @param room the maximum number of bytes of the value
   * @return the number of bytes that the kernel wrote, or -errno
   */
  int getOption(int fd, int level, int number, int room) {
    // Some options write fewer bytes than they report (SO_BINDTODEVICE without a device).
    value.asSlice(0, room).fill((byte) 0);
    length.set(JAVA_INT, 0, room);
    int answer = calls.getsockopt(fd, level, number, value.address(), length.address());
    return answer < 0 ? answer : length.get(JAVA_INT, 0);
  }

  /** Reads an int option that every socket of this kind supports. */
  int getInt(int fd, int level, int number) {
    int answer = getOption(fd, level, number, Integer.BYTES);
    if (answer < 0) {
      throw new IllegalStateException(
          "option " + number + " of level " + level + ": " + Errno.name(-answer));
    }
    return value.get(JAVA_INT, 0);
  }

  /** Sets an int option that every socket of this kind supports. */
  void setInt(int fd, int level, int number, int option) {
    value.set(JAVA_INT, 0, option);
    int answer = setOption(fd, level, number, Integer.BYTES);
    if (answer < 0) {
      throw new IllegalStateException(
          "set option " + number + " of level " + level + ": " + Errno.name(-answer));
    }
  }

  /** Sets an option from the start of {@link #value}. Returns 0 or -errno. */
  int setOption(int fd, int level, int number, int length) {
    return calls.setsockopt(fd, level, number, value.address(), length);
  }

  /**
   * Calls an ioctl(2) that returns an int. Returns 0 if the kernel refuses it in the socket's
   * state.
   */
  int queueLength(int fd, long request) {
    return calls.ioctl(fd, request, value.address()) < 0 ? 0 : value.get(JAVA_INT, 0);
  }

  /** Calls poll(2) without waiting. */
  int poll(int fd, int events) {
    pollFd.set(JAVA_INT, 0, fd);
    pollFd.set(JAVA_SHORT, POLL_EVENTS, (short) events);
    pollFd.set(JAVA_SHORT, POLL_ANSWER, (short) 0);
    int answer;
    do {
      answer = calls.poll(pollFd.address(), 1, 0);
    } while (answer == -Errno.EINTR);
    if (answer < 0) {
      throw new IllegalStateException("poll: " + Errno.name(-answer));
    }
    return pollFd.get(JAVA_SHORT, POLL_ANSWER) & 0xffff;
  }
}
