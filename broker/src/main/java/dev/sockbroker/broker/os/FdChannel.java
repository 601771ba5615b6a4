package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection between two brokers: messages of text, each with file descriptors (unix(7),
 * SOCK_SEQPACKET and SCM_RIGHTS). Every wait has a limit. For one thread at a time.
 */
public final class FdChannel implements AutoCloseable {
  /** The most descriptors that the kernel takes with one message (SCM_MAX_FD). */
  public static final int FDS_MAX = 253;

  /** The maximum length of a message. */
  public static final int TEXT_MAX = 64 << 10;

  private static final int SOCK_SEQPACKET = 5;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int ETOOMANYREFS = 109;
  private static final int POLL_EVENTS = 4;
  private static final int CONNECT_ATTEMPTS = 1000;
  private static final long CONNECT_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  // struct msghdr, struct cmsghdr
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_BYTES = 56;
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;

  private final SystemCalls calls;
  private final int fd;
  private final MemorySegment header;
  private final MemorySegment vector;
  private final MemorySegment text;
  private final MemorySegment control;
  private final MemorySegment pollFd;

  /** A message. The receiver owns the descriptors. */
  public record Message(String text, List<Integer> fds) {}

  FdChannel(SystemCalls calls, Arena memory, int fd) {
    this.calls = calls;
    this.fd = fd;
    header = memory.allocate(HEADER_BYTES, 8);
    vector = memory.allocate(16, 8);
    text = memory.allocate(TEXT_MAX);
    control = memory.allocate(CMSG_DATA + Integer.BYTES * (FDS_MAX + 1), 8);
    pollFd = memory.allocate(8, 4);
    vector.set(JAVA_LONG, 0, text.address());
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
  }

  /**
   * Connects to a {@link FdListener} of another process.
   *
   * @param name of {@link FdListener#name}
   */
  public static FdChannel connect(String name) throws IOException {
    Arena memory = Arena.ofAuto();
    SystemCalls calls = new SystemCalls(memory);
    int fd = socket(calls);
    MemorySegment address = FdListener.address(memory, name);
    int answer;
    int attempts = 0;
    do {
      answer = calls.connect(fd, address.address(), (int) address.byteSize());
      // The backlog is full for a moment, because another process connects all the time.
    } while (answer == -Errno.EAGAIN && pause(++attempts));
    if (answer < 0) {
      calls.close(fd);
      throw new IOException("cannot connect to the running broker: " + Errno.name(-answer));
    }
    return new FdChannel(calls, memory, fd);
  }

  /** Waits before the next attempt to connect. Returns false if there were enough. */
  private static boolean pause(int attempts) {
    LockSupport.parkNanos(CONNECT_AGAIN_NANOS);
    return attempts < CONNECT_ATTEMPTS;
  }

  static int socket(SystemCalls calls) throws IOException {
    int flags = Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    int fd = calls.socket(Linux.AF_UNIX, SOCK_SEQPACKET | flags, 0);
    if (fd < 0) {
      throw new IOException("cannot open a Unix socket: " + Errno.name(-fd));
    }
    return fd;
  }

  /**
   * Sends a message.
   *
   * @param fds at most {@link #FDS_MAX}, which remain the caller's
   * @param untilNanos the time limit, on the clock of {@link System#nanoTime}
   * @throws IOException if the other side has ended, or does not receive in time
   */
  public void send(String message, List<Integer> fds, long untilNanos) throws IOException {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
    vector.set(JAVA_LONG, 8, bytes.length);
    writeControl(fds);
    int flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
    long answer = calls.sendmsg(fd, header.address(), flags);
    while (answer == -Errno.EAGAIN || answer == -ETOOMANYREFS) {
      // The kernel does not report when fewer descriptors are on their way.
      await(answer == -Errno.EAGAIN ? KernelSocket.OUT : 0, untilNanos, 1);
      answer = calls.sendmsg(fd, header.address(), flags);
    }
    if (answer < 0) {
      throw new IOException("the other broker does not receive: " + Errno.name((int) -answer));
    }
  }

  private void writeControl(List<Integer> fds) {
    int length = CMSG_DATA + Integer.BYTES * fds.size();
    header.set(JAVA_LONG, CONTROL, fds.isEmpty() ? 0 : control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, fds.isEmpty() ? 0 : length);
    control.set(JAVA_LONG, 0, length);
    control.set(JAVA_INT, CMSG_LEVEL, Linux.SOL_SOCKET);
    control.set(JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
    for (int i = 0; i < fds.size(); i++) {
      control.set(JAVA_INT, CMSG_DATA + (long) Integer.BYTES * i, fds.get(i));
    }
  }

  /**
   * Receives the next message.
   *
   * @param untilNanos the time limit, on the clock of {@link System#nanoTime}
   * @return null if the other side has ended
   * @throws IOException if nothing comes in time, or the descriptors do not fit into this process
   */
  public Message receive(long untilNanos) throws IOException {
    vector.set(JAVA_LONG, 8, TEXT_MAX);
    header.set(JAVA_LONG, CONTROL, control.address());
    long answer;
    do {
      header.set(JAVA_LONG, CONTROL_LENGTH, control.byteSize());
      answer = calls.recvmsg(fd, header.address(), MSG_CMSG_CLOEXEC);
      // ECONNRESET comes before the last messages if the other side has ended with unread ones.
    } while (answer == -Errno.ECONNRESET
        || answer == -Errno.EAGAIN && await(KernelSocket.IN, untilNanos, Integer.MAX_VALUE));
    if (answer == 0) {
      return null;
    } else if (answer < 0) {
      throw new IOException("cannot receive from the other broker: " + Errno.name((int) -answer));
    }
    List<Integer> fds = readControl();
    if ((header.get(JAVA_INT, FLAGS) & MSG_CTRUNC) != 0) {
      throw new IOException("not all descriptors fit into this process (ulimit -n)");
    }
    byte[] bytes = text.asSlice(0, answer).toArray(JAVA_BYTE);
    return new Message(new String(bytes, StandardCharsets.UTF_8), fds);
  }

  private List<Integer> readControl() {
    List<Integer> fds = new ArrayList<>();
    if (header.get(JAVA_LONG, CONTROL_LENGTH) >= CMSG_DATA
        && control.get(JAVA_INT, CMSG_TYPE) == SCM_RIGHTS) {
      long end = control.get(JAVA_LONG, 0);
      for (long at = CMSG_DATA; at < end; at += Integer.BYTES) {
        fds.add(control.get(JAVA_INT, at));
      }
    }
    return fds;
  }

  /**
   * Waits for an event of poll(2) or the end of the connection.
   *
   * @param millisMax when to return even if nothing has happened
   * @return true
   * @throws IOException if the time limit has passed
   */
  private boolean await(int events, long untilNanos, int millisMax) throws IOException {
    pollFd.set(JAVA_INT, 0, fd);
    pollFd.set(JAVA_SHORT, POLL_EVENTS, (short) events);
    int answer;
    do {
      long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (left <= 0) {
        throw new IOException("the other broker is silent");
      }
      answer = calls.poll(pollFd.address(), 1, (int) Math.min(left, millisMax));
    } while (answer == -Errno.EINTR || answer == 0 && millisMax == Integer.MAX_VALUE);
    return true;
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
