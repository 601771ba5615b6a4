package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The socket on which the broker listens. It is bound without removing anything, because the file
 * at the path may be another program's.
 */
public final class BrokerSocket {
  private static final int BACKLOG = 4096;

  private final SystemCalls calls = new SystemCalls();
  private final SocketAddresses addresses = new SocketAddresses(new NetworkInterfaces(calls));

  /** The process that listens at a path. The pid is 0 if the kernel does not report it. */
  public record Owner(int pid) {}

  private BrokerSocket() {}

  /**
   * Binds and listens. The file is created without permissions, so nobody can connect until they
   * are set.
   *
   * @return the descriptor, non-blocking and close-on-exec
   * @throws RefusedException with the kernel's errno; EADDRINUSE if something is at the path
   */
  public static int listen(String path) {
    return new BrokerSocket().open(path);
  }

  private int open(String path) {
    int fd = socket();
    try {
      require(new FileCalls().modeOfSocket(fd, 0), path);
      int length = addresses.write(Family.UNIX, Address.unix(path));
      require(calls.bind(fd, addresses.memory(), length), path);
      require(calls.listen(fd, BACKLOG), path);
      return fd;
    } catch (RefusedException e) {
      calls.close(fd);
      throw e;
    }
  }

  /**
   * Connects two sockets of this process: socketpair(2).
   *
   * @return their descriptors, non-blocking and close-on-exec
   */
  public static int[] pair() {
    SystemCalls calls = new SystemCalls();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      int type = Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
      int answer = calls.socketpair(Linux.AF_UNIX, type, 0, pair.address());
      if (answer < 0) {
        throw RefusedException.ofCall(answer, "make a pair of sockets");
      }
      return pair.toArray(JAVA_INT);
    }
  }

  /**
   * Listens again on an adopted listener. From then on clients see this process as their peer
   * (SO_PEERCRED).
   */
  public static void listenAgain(int fd) {
    BrokerSocket socket = new BrokerSocket();
    int answer = socket.calls.listen(fd, BACKLOG);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "listen again");
    }
  }

  private int socket() {
    int flags = Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    int fd = calls.socket(Linux.AF_UNIX, Linux.SOCK_STREAM | flags, 0);
    if (fd < 0) {
      throw RefusedException.ofCall(fd, "open a Unix socket");
    }
    return fd;
  }

  private static void require(int answer, String path) {
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "listen at " + path);
    }
  }

  /**
   * Returns who listens at a path. The kernel knows that better than any lock file.
   *
   * @return null if the socket there was left behind by a program that has ended
   */
  public static Owner owner(String path) {
    return new BrokerSocket().connect(path);
  }

  private Owner connect(String path) {
    int fd = socket();
    try {
      int length = addresses.write(Family.UNIX, Address.unix(path));
      int answer = calls.connect(fd, addresses.memory(), length);
      boolean isDead = answer == -Errno.ECONNREFUSED || answer == -Errno.ENOENT;
      return isDead ? null : new Owner(answer == 0 ? pidOfPeer(fd) : 0);
    } finally {
      calls.close(fd);
    }
  }

  private int pidOfPeer(int connection) {
    PeerCredentials peer = PeerCredentials.of(calls, connection);
    return peer == null ? 0 : peer.pid();
  }
}
