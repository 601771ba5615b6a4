package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;

/**
 * Waits for the {@link FdChannel} of one process. It listens at an abstract name (unix(7)), to
 * which every process can connect, and closes the connections of all others.
 */
public final class FdListener implements AutoCloseable {
  private static final int NAME_BYTES = 16;
  private static final int POLL_EVENTS = 4;
  private static final int PERIOD_MILLIS = 50;

  /** More than 1, because other processes may connect first. */
  private static final int BACKLOG = 128;

  private final Arena memory = Arena.ofAuto();
  private final SystemCalls calls = new SystemCalls(memory);
  private final String name;
  private final int fd;

  public FdListener() throws IOException {
    byte[] random = new byte[NAME_BYTES];
    new SecureRandom().nextBytes(random);
    name = "sockbroker-upgrade-" + HexFormat.of().formatHex(random);
    fd = FdChannel.socket(calls);
    MemorySegment address = address(memory, name);
    int answer = calls.bind(fd, address.address(), (int) address.byteSize());
    answer = answer < 0 ? answer : calls.listen(fd, BACKLOG);
    if (answer < 0) {
      calls.close(fd);
      throw new IOException("cannot listen for the new broker: " + Errno.name(-answer));
    }
  }

  /** The name for {@link FdChannel#connect}. */
  public String name() {
    return name;
  }

  /** The descriptor, which this object keeps. */
  public int fd() {
    return fd;
  }

  static MemorySegment address(Arena memory, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    MemorySegment address = memory.allocate(Short.BYTES + 1 + bytes.length, 2);
    address.set(JAVA_SHORT, 0, (short) Linux.AF_UNIX);
    MemorySegment.copy(bytes, 0, address, JAVA_BYTE, Short.BYTES + 1, bytes.length);
    return address;
  }

  /**
   * Waits for the connection of a process.
   *
   * @param goesOn checked periodically until somebody connects
   * @return null if the wait was ended
   */
  public FdChannel accept(long pid, BooleanSupplier goesOn) throws IOException {
    MemorySegment pollFd = memory.allocate(8, 4);
    pollFd.set(JAVA_INT, 0, fd);
    pollFd.set(JAVA_SHORT, POLL_EVENTS, (short) KernelSocket.IN);
    while (goesOn.getAsBoolean()) {
      calls.poll(pollFd.address(), 1, PERIOD_MILLIS);
      int connection = calls.accept4(fd, Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC);
      if (connection >= 0 && isOf(connection, pid)) {
        return new FdChannel(calls, memory, connection);
      } else if (connection >= 0) {
        calls.close(connection);
      } else if (connection != -Errno.EAGAIN
          && connection != -Errno.EINTR
          && connection != -Errno.ECONNABORTED) {
        throw new IOException("cannot accept the new broker: " + Errno.name(-connection));
      }
    }
    return null;
  }

  private boolean isOf(int connection, long pid) {
    PeerCredentials peer = PeerCredentials.of(calls, connection);
    return peer != null && peer.pid() == pid;
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
