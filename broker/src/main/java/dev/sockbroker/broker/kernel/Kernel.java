package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.nio.ByteBuffer;

/**
 * The operating system as the contract needs it; one of the two seams of this package. Loop thread
 * only.
 */
public interface Kernel {
  /**
   * socket(2), close-on-exec and non-blocking.
   *
   * @param protocol 0 for the type's own
   * @throws RefusedException with the kernel's errno
   */
  KernelSocket open(Family family, SocketType type, int protocol);

  /**
   * Watches one process, not its number: a later process with the same pid is another one.
   *
   * @param onExit runs once on the loop when the process has ended, never inside this call
   * @throws RefusedException EINVAL for pid 0, a dead process, a zombie, a thread's id
   */
  WatchedProcess watch(int pid, Runnable onExit);

  /**
   * Memory to be shared with a client that is not trusted: its length can be changed by nobody.
   *
   * @param onDoorbell runs on the loop when the client has rung, once for many times at most
   * @throws RefusedException with the kernel's errno
   */
  SharedMemory share(long length, Runnable onDoorbell);

  /** Shared memory, mapped, and its doorbell. */
  interface SharedMemory extends AutoCloseable {
    /** All of it; not to be touched after {@link #close}. */
    ByteBuffer memory();

    /** The memory's fd and the doorbell's, to be passed to the client. */
    int[] fds();

    /** The client has its own: only the mapping and the doorbell stay. */
    void passed();

    @Override
    void close();
  }

  /**
   * Sends an fd over a Unix connection, beside a zero byte and the request's id: 0 or -errno. The
   * fd stays the caller's.
   */
  int pass(int connection, long requestId, int fd);

  /** Whether all that was sent over a Unix connection has been received. */
  boolean isTaken(int connection);

  /**
   * dup(2), close-on-exec.
   *
   * @throws RefusedException with the kernel's errno
   */
  int duplicate(int fd);

  /** close(2). */
  void close(int fd);

  /** A process that was alive when it was looked at; {@link #close} stops the watching. */
  interface WatchedProcess extends AutoCloseable {
    int pid();

    /** Asks the kernel now, without waiting for the loop to hear of it. */
    boolean isAlive();

    @Override
    void close();
  }
}
