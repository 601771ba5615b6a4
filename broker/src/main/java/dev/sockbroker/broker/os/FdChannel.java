package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
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
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int ETOOMANYREFS = 109;
  private static final int POLL_EVENTS = 4;
  private static final int CONNECT_ATTEMPTS = 1000;
  private static final long CONNECT_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final SystemCalls calls;
  private final int fd;
  private final FdMessage message;
  private final MemorySegment pollFd;

  /** A message. The receiver owns the descriptors. */
  public record Message(String text, List<Integer> fds) {}

  FdChannel(SystemCalls calls, Arena memory, int fd) {
    this.calls = calls;
    this.fd = fd;
    message = new FdMessage(memory, TEXT_MAX, FDS_MAX);
    pollFd = memory.allocate(8, 4);
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
  public void send(String text, List<Integer> fds, long untilNanos) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(bytes, 0, message.bytes(), JAVA_BYTE, 0, bytes.length);
    long header = message.toSend(bytes.length, fds);
    int flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
    long answer = calls.sendmsg(fd, header, flags);
    while (answer == -Errno.EAGAIN || answer == -ETOOMANYREFS) {
      // The kernel does not report when fewer descriptors are on their way.
      await(answer == -Errno.EAGAIN ? KernelSocket.OUT : 0, untilNanos, 1);
      answer = calls.sendmsg(fd, header, flags);
    }
    if (answer < 0) {
      throw new IOException("the other broker does not receive: " + Errno.name((int) -answer));
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
    long answer;
    do {
      answer = calls.recvmsg(fd, message.toReceive(), MSG_CMSG_CLOEXEC);
      // ECONNRESET comes before the last messages if the other side has ended with unread ones.
    } while (answer == -Errno.ECONNRESET
        || answer == -Errno.EAGAIN && await(KernelSocket.IN, untilNanos, Integer.MAX_VALUE));
    if (answer == 0) {
      return null;
    } else if (answer < 0) {
      throw new IOException("cannot receive from the other broker: " + Errno.name((int) -answer));
    }
    if (message.isCut()) {
      throw new IOException("not all descriptors fit into this process (ulimit -n)");
    }
    byte[] bytes = message.bytes().asSlice(0, answer).toArray(JAVA_BYTE);
    return new Message(new String(bytes, StandardCharsets.UTF_8), message.fds());
  }

  /**
   * Waits for an event of poll(2) or the end of the connection.
   *
   * @param millisMax when to return even if nothing has happened
   * @return true
   * @throws SocketTimeoutException if the time limit has passed
   */
  private boolean await(int events, long untilNanos, int millisMax) throws IOException {
    pollFd.set(JAVA_INT, 0, fd);
    pollFd.set(JAVA_SHORT, POLL_EVENTS, (short) events);
    int answer;
    do {
      long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("the other broker is silent");
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
