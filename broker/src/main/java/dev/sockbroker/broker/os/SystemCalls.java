package dev.sockbroker.broker.os;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that the broker makes directly, as described in section 2 of the manual. A call
 * returns the kernel's result or -errno.
 *
 * <p>Memory is passed as an address from {@code ByteBuf.memoryAddress()} or {@code
 * MemorySegment.address()}, so no call allocates. Addresses and lengths are not checked: the caller
 * must own that much memory. An instance is for one thread only, because it stores the errno of its
 * last call.
 */
public final class SystemCalls {
  /** The number is the same on every architecture. glibc has a function only since 2.36. */
  private static final long SYS_PIDFD_OPEN = 434;

  /** A struct sockaddr of the family AF_UNSPEC, which is 0. */
  private static final MemorySegment UNSPECIFIED = Arena.global().allocate(16, 2);

  private static final CFunction SOCKET = CFunction.of("socket");
  private static final CFunction SOCKETPAIR = CFunction.of("socketpair");
  private static final CFunction BIND = CFunction.of("bind");
  private static final CFunction CONNECT = CFunction.of("connect");
  private static final CFunction LISTEN = CFunction.of("listen");
  private static final CFunction ACCEPT4 = CFunction.of("accept4");
  private static final CFunction RECV = CFunction.of("recv");
  private static final CFunction RECVMSG = CFunction.of("recvmsg");
  private static final CFunction SENDTO = CFunction.of("sendto");
  private static final CFunction RECVMMSG = CFunction.of("recvmmsg");
  private static final CFunction SENDMMSG = CFunction.of("sendmmsg");
  private static final CFunction SENDMSG = CFunction.of("sendmsg");
  private static final CFunction SHUTDOWN = CFunction.of("shutdown");
  private static final CFunction GETSOCKOPT = CFunction.of("getsockopt");
  private static final CFunction SETSOCKOPT = CFunction.of("setsockopt");
  private static final CFunction GETSOCKNAME = CFunction.of("getsockname");
  private static final CFunction GETPEERNAME = CFunction.of("getpeername");
  private static final CFunction POLL = CFunction.of("poll");
  private static final CFunction IOCTL = CFunction.variadic(2, "ioctl");
  private static final CFunction FCNTL = CFunction.variadic(2, "fcntl");
  private static final CFunction SYSCALL = CFunction.variadic(1, "syscall");
  private static final CFunction CLOSE = CFunction.of("close");
  private static final CFunction IF_NAMETOINDEX = CFunction.of("if_nametoindex");
  private static final CFunction IF_INDEXTONAME = CFunction.of("if_indextoname");

  private final MemorySegment state;

  public SystemCalls() {
    this(Arena.global());
  }

  /**
   * @param memory an arena that lives as long as this object
   */
  SystemCalls(Arena memory) {
    state = memory.allocate(Linker.Option.captureStateLayout());
  }

  public int socket(int family, int type, int protocol) {
    return result((int) SOCKET.call(state, family, type, protocol));
  }

  /**
   * @param pair the address of two ints for the descriptors
   */
  public int socketpair(int family, int type, int protocol, long pair) {
    return result((int) SOCKETPAIR.call(state, family, type, protocol, pair));
  }

  public int bind(int fd, long address, int addressLength) {
    return result((int) BIND.call(state, fd, address, addressLength));
  }

  public int connect(int fd, long address, int addressLength) {
    return result((int) CONNECT.call(state, fd, address, addressLength));
  }

  /** connect(2) to AF_UNSPEC, which dissolves the association of a socket. */
  public int disconnect(int fd) {
    return connect(fd, UNSPECIFIED.address(), (int) UNSPECIFIED.byteSize());
  }

  public int listen(int fd, int backlog) {
    return result((int) LISTEN.call(state, fd, backlog));
  }

  /** Returns the new descriptor. The peer's address is available from {@link #getpeername}. */
  public int accept4(int fd, int flags) {
    return result((int) ACCEPT4.call(state, fd, 0L, 0L, flags));
  }

  public long recv(int fd, long buffer, long length, int flags) {
    return result(RECV.call(state, fd, buffer, length, flags));
  }

  public long recvmsg(int fd, long messageHeader, int flags) {
    return result(RECVMSG.call(state, fd, messageHeader, flags));
  }

  /** With address 0 and length 0 this is send(2). */
  public long sendto(int fd, long buffer, long length, int flags, long address, int addressLength) {
    return result(SENDTO.call(state, fd, buffer, length, flags, address, addressLength));
  }

  /** Receives one message. Returns 1, and the kernel writes the length into the struct mmsghdr. */
  int recvmmsg(int fd, long message, int flags) {
    return result((int) RECVMMSG.call(state, fd, message, 1, flags, 0L));
  }

  /** Sends one message. Returns 1, and the kernel writes the length into the struct mmsghdr. */
  int sendmmsg(int fd, long message, int flags) {
    return result((int) SENDMMSG.call(state, fd, message, 1, flags));
  }

  public long sendmsg(int fd, long messageHeader, int flags) {
    return result(SENDMSG.call(state, fd, messageHeader, flags));
  }

  public int shutdown(int fd, int how) {
    return result((int) SHUTDOWN.call(state, fd, how));
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the written
   *     size after it
   */
  public int getsockopt(int fd, int level, int number, long value, long lengthAddress) {
    return result((int) GETSOCKOPT.call(state, fd, level, number, value, lengthAddress));
  }

  public int setsockopt(int fd, int level, int number, long value, int length) {
    return result((int) SETSOCKOPT.call(state, fd, level, number, value, length));
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the full size
   *     of the socket address after it
   */
  public int getsockname(int fd, long address, long lengthAddress) {
    return result((int) GETSOCKNAME.call(state, fd, address, lengthAddress));
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the full size
   *     of the socket address after it
   */
  public int getpeername(int fd, long address, long lengthAddress) {
    return result((int) GETPEERNAME.call(state, fd, address, lengthAddress));
  }

  public int poll(long pollFds, long count, int timeoutMillis) {
    return result((int) POLL.call(state, pollFds, count, timeoutMillis));
  }

  /**
   * @param argument an address or a number, depending on the request
   */
  public int ioctl(int fd, long request, long argument) {
    return result((int) IOCTL.call(state, fd, request, argument));
  }

  public int fcntl(int fd, int command, int argument) {
    return result((int) FCNTL.call(state, fd, command, argument));
  }

  /** Returns a close-on-exec descriptor that becomes readable when the process ends. */
  public int pidfdOpen(int pid) {
    return (int) result(SYSCALL.call(state, SYS_PIDFD_OPEN, pid, 0));
  }

  /**
   * The descriptor is closed even if this returns an error (close(2), "Dealing with error
   * returns").
   */
  public int close(int fd) {
    return result((int) CLOSE.call(state, fd));
  }

  /**
   * @param name the address of a NUL-terminated string
   * @return the index, 0 if there is no such interface
   */
  public int ifNameToIndex(long name) {
    return (int) IF_NAMETOINDEX.call(state, name);
  }

  /**
   * @param name the address of 16 bytes for the NUL-terminated name
   * @return whether there is such an interface
   */
  public boolean ifIndexToName(int index, long name) {
    return IF_INDEXTONAME.call(state, index, name) != 0;
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -errno();
  }

  private long result(long answer) {
    return answer >= 0 ? answer : -errno();
  }

  private int errno() {
    return CFunction.errno(state);
  }
}
