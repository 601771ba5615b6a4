package dev.sockbroker.broker.kernel;

import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/** The operating system as the contract needs it. Loop thread only. */
public interface Kernel {
  /**
   * Opens a socket, close-on-exec and non-blocking: socket(2).
   *
   * @param protocol 0 for the default of the type
   * @throws RefusedException with the kernel's errno
   */
  KernelSocket open(Family family, SocketType type, int protocol);

  /**
   * Watches one process. A later process with the same pid is a different process.
   *
   * @param onExit runs once on the loop when the process has ended, never inside this call
   * @throws RefusedException EINVAL for pid 0, a dead process, a zombie or the id of a thread
   */
  WatchedProcess watch(int pid, Runnable onExit);

  /**
   * Creates memory to share with an untrusted client. Nobody can change its length.
   *
   * @param onDoorbell runs on the loop when the client has rung. It may run once for several rings
   * @throws RefusedException with the kernel's errno
   */
  SharedMemory share(long length, Runnable onDoorbell);

  /** Takes over a socket of another broker, with its state. */
  KernelSocket adopt(SavedKernelSocket saved);

  /** Takes over the watch of a process. */
  WatchedProcess adopt(SavedProcess saved, Runnable onExit);

  /** Takes over shared memory. */
  SharedMemory adopt(Fd memory, Fd doorbell, long length, Runnable onDoorbell);

  /** Mapped shared memory and its doorbell. */
  interface SharedMemory extends AutoCloseable {
    /** All of the memory. Must not be accessed after {@link #close}. */
    ByteBuffer memory();

    /** The fds of the memory and of the doorbell, which this object keeps. */
    int[] fds();

    @Override
    void close();
  }

  /**
   * Sends an fd over a Unix connection, together with a zero byte and the request's id. The caller
   * keeps the fd. Returns 0 or -errno.
   */
  int pass(int connection, long requestId, int fd);

  /** Whether the peer has received everything that was sent over a Unix connection. */
  boolean isTaken(int connection);

  /**
   * Whether Unix paths lead through symbolic links when clients bind, connect and send. A policy
   * matches the text of a path, so under a policy the text must be the path.
   */
  void followLinks(boolean on);

  /**
   * Returns what the kernel tells about the process at the other end of a Unix connection.
   *
   * @param pid as SO_PEERCRED reports it; 0 for a process of another pid namespace
   */
  Peer peer(int connection, int pid);

  /**
   * A process, as it was when it connected.
   *
   * @param groups the primary and the supplementary groups
   * @param cgroup the text of proc_pid_cgroup(5); empty if the process has ended or is unknown
   */
  record Peer(Set<Long> groups, String cgroup) {}

  /**
   * Looks up the addresses of a host name outside the loop: getaddrinfo(3). Nobody can end a lookup
   * early.
   *
   * @param outcome called once on the loop, never inside this call. It is not called if the loop
   *     ends first
   */
  void lookUp(String host, LookedUp outcome);

  /** Receives the outcome of a lookup. */
  interface LookedUp {
    /**
     * @param addresses literals in the order in which to try them; null if the lookup failed
     * @param refusal null, or ENOENT if the name has no address or no resolver knows it
     */
    void done(List<String> addresses, RefusedException refusal);
  }

  /**
   * dup(2), close-on-exec.
   *
   * @throws RefusedException with the kernel's errno
   */
  int duplicate(int fd);

  /** close(2). */
  void close(int fd);

  /** A process that was alive when the watch began. {@link #close} ends the watch. */
  interface WatchedProcess extends AutoCloseable {
    int pid();

    /** The pidfd, which this object keeps. */
    int fd();

    /** Asks the kernel now, even if the loop has not yet seen the exit. */
    boolean isAlive();

    @Override
    void close();
  }
}
