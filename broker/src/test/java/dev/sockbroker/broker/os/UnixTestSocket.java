package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** A Unix socket whose descriptor a test can use. The JDK's channels hide theirs. */
final class UnixTestSocket implements AutoCloseable {
  static final int STREAM = 1;
  static final int DATAGRAM = 2;

  private static final int AF_UNIX = 1;
  private static final int POLLIN = 1;

  private final SystemCalls calls = new SystemCalls();
  private final int fd;

  /** Bound to a path, or to an abstract name after an @. */
  UnixTestSocket(int type, String address) {
    fd = calls.socket(AF_UNIX, type, 0);
    byte[] path = address.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sockaddr = arena.allocate(110, 2);
      sockaddr.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, sockaddr, ValueLayout.JAVA_BYTE, 2, path.length);
      boolean isAbstract = path[0] == '@';
      if (isAbstract) {
        sockaddr.set(ValueLayout.JAVA_BYTE, 2, (byte) 0);
      }
      int length = 2 + path.length + (isAbstract ? 0 : 1);
      assertThat(calls.bind(fd, sockaddr.address(), length)).isZero();
    }
  }

  int fd() {
    return fd;
  }

  UnixTestSocket listening() {
    assertThat(calls.listen(fd, 1)).isZero();
    return this;
  }

  int fcntl(int command) {
    return calls.fcntl(fd, command, 0);
  }

  /** The next datagram. Fails if none arrives in time. */
  String receive() {
    assertThat(poll(30_000)).as("a datagram came").isTrue();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(4096);
      int length = (int) calls.recv(fd, buffer.address(), buffer.byteSize(), 0);
      return new String(
          buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  /** Unix datagrams arrive immediately: one that is not there was not sent. */
  boolean isEmpty() {
    return !poll(0);
  }

  private boolean poll(int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollFd = arena.allocate(8, 4);
      pollFd.set(ValueLayout.JAVA_INT, 0, fd);
      pollFd.set(ValueLayout.JAVA_SHORT, 4, (short) POLLIN);
      return calls.poll(pollFd.address(), 1, timeoutMillis) == 1;
    }
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
