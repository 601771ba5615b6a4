package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.stream.Stream;

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
  private static final String ERRNO = "errno";
  private static final VarHandle ERRNO_FIELD =
      Linker.Option.captureStateLayout()
          .varHandle(MemoryLayout.PathElement.groupElement(ERRNO))
          .withInvokeExactBehavior();

  /** The number is the same on every architecture. glibc has a function only since 2.36. */
  private static final long SYS_PIDFD_OPEN = 434;

  /** A struct sockaddr of the family AF_UNSPEC, which is 0. */
  private static final MemorySegment UNSPECIFIED = Arena.global().allocate(16, 2);

  private static final MethodHandle SOCKET =
      function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SOCKETPAIR =
      function("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle BIND =
      function("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle CONNECT =
      function("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle LISTEN = function("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ACCEPT4 =
      function("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECV =
      function("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECVMSG =
      function("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SENDTO =
      function("sendto", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECVMMSG =
      function("recvmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle SENDMMSG =
      function("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle SENDMSG =
      function("sendmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SHUTDOWN = function("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETSOCKNAME =
      function("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle GETPEERNAME =
      function("getpeername", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle POLL =
      function("poll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle IOCTL =
      variadic(2, "ioctl", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FCNTL =
      variadic(2, "fcntl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SYSCALL =
      variadic(1, "syscall", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle IF_NAMETOINDEX =
      function("if_nametoindex", JAVA_INT, JAVA_LONG);
  private static final MethodHandle IF_INDEXTONAME =
      function("if_indextoname", JAVA_LONG, JAVA_INT, JAVA_LONG);

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
    try {
      return result((int) SOCKET.invokeExact(state, family, type, protocol));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param pair the address of two ints for the descriptors
   */
  public int socketpair(int family, int type, int protocol, long pair) {
    try {
      return result((int) SOCKETPAIR.invokeExact(state, family, type, protocol, pair));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int bind(int fd, long address, int addressLength) {
    try {
      return result((int) BIND.invokeExact(state, fd, address, addressLength));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int connect(int fd, long address, int addressLength) {
    try {
      return result((int) CONNECT.invokeExact(state, fd, address, addressLength));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** connect(2) to AF_UNSPEC, which dissolves the association of a socket. */
  public int disconnect(int fd) {
    return connect(fd, UNSPECIFIED.address(), (int) UNSPECIFIED.byteSize());
  }

  public int listen(int fd, int backlog) {
    try {
      return result((int) LISTEN.invokeExact(state, fd, backlog));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** Returns the new descriptor. The peer's address is available from {@link #getpeername}. */
  public int accept4(int fd, int flags) {
    try {
      return result((int) ACCEPT4.invokeExact(state, fd, 0L, 0L, flags));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public long recv(int fd, long buffer, long length, int flags) {
    try {
      return result((long) RECV.invokeExact(state, fd, buffer, length, flags));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public long recvmsg(int fd, long messageHeader, int flags) {
    try {
      return result((long) RECVMSG.invokeExact(state, fd, messageHeader, flags));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** With address 0 and length 0 this is send(2). */
  public long sendto(int fd, long buffer, long length, int flags, long address, int addressLength) {
    try {
      return result(
          (long) SENDTO.invokeExact(state, fd, buffer, length, flags, address, addressLength));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** Receives one message. Returns 1, and the kernel writes the length into the struct mmsghdr. */
  int recvmmsg(int fd, long message, int flags) {
    try {
      return result((int) RECVMMSG.invokeExact(state, fd, message, 1, flags, 0L));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** Sends one message. Returns 1, and the kernel writes the length into the struct mmsghdr. */
  int sendmmsg(int fd, long message, int flags) {
    try {
      return result((int) SENDMMSG.invokeExact(state, fd, message, 1, flags));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public long sendmsg(int fd, long messageHeader, int flags) {
    try {
      return result((long) SENDMSG.invokeExact(state, fd, messageHeader, flags));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int shutdown(int fd, int how) {
    try {
      return result((int) SHUTDOWN.invokeExact(state, fd, how));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the written
   *     size after it
   */
  public int getsockopt(int fd, int level, int number, long value, long lengthAddress) {
    try {
      return result((int) GETSOCKOPT.invokeExact(state, fd, level, number, value, lengthAddress));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int setsockopt(int fd, int level, int number, long value, int length) {
    try {
      return result((int) SETSOCKOPT.invokeExact(state, fd, level, number, value, length));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the full size
   *     of the socket address after it
   */
  public int getsockname(int fd, long address, long lengthAddress) {
    try {
      return result((int) GETSOCKNAME.invokeExact(state, fd, address, lengthAddress));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param lengthAddress the address of an int: the available size before the call, the full size
   *     of the socket address after it
   */
  public int getpeername(int fd, long address, long lengthAddress) {
    try {
      return result((int) GETPEERNAME.invokeExact(state, fd, address, lengthAddress));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int poll(long pollFds, long count, int timeoutMillis) {
    try {
      return result((int) POLL.invokeExact(state, pollFds, count, timeoutMillis));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param argument an address or a number, depending on the request
   */
  public int ioctl(int fd, long request, long argument) {
    try {
      return result((int) IOCTL.invokeExact(state, fd, request, argument));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  public int fcntl(int fd, int command, int argument) {
    try {
      return result((int) FCNTL.invokeExact(state, fd, command, argument));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /** Returns a close-on-exec descriptor that becomes readable when the process ends. */
  public int pidfdOpen(int pid) {
    try {
      return (int) result((long) SYSCALL.invokeExact(state, SYS_PIDFD_OPEN, pid, 0));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * The descriptor is closed even if this returns an error (close(2), "Dealing with error
   * returns").
   */
  public int close(int fd) {
    try {
      return result((int) CLOSE.invokeExact(state, fd));
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param name the address of a NUL-terminated string
   * @return the index, 0 if there is no such interface
   */
  public int ifNameToIndex(long name) {
    try {
      return (int) IF_NAMETOINDEX.invokeExact(state, name);
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  /**
   * @param name the address of 16 bytes for the NUL-terminated name
   * @return whether there is such an interface
   */
  public boolean ifIndexToName(int index, long name) {
    try {
      return (long) IF_INDEXTONAME.invokeExact(state, index, name) != 0;
    } catch (Throwable e) {
      throw unlinked(e);
    }
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -errno();
  }

  private long result(long answer) {
    return answer >= 0 ? answer : -errno();
  }

  private int errno() {
    return errno(state);
  }

  static int errno(MemorySegment state) {
    return (int) ERRNO_FIELD.get(state, 0L);
  }

  static AssertionError unlinked(Throwable cause) {
    return new AssertionError("a call does not fit its declaration", cause);
  }

  static MethodHandle function(String name, MemoryLayout answer, MemoryLayout... args) {
    return handle(name, FunctionDescriptor.of(answer, args));
  }

  /**
   * Links a variadic function. Some architectures pass variable arguments differently, so {@code
   * first} is the index of the first one.
   */
  static MethodHandle variadic(int first, String name, MemoryLayout answer, MemoryLayout... args) {
    return handle(name, FunctionDescriptor.of(answer, args), Linker.Option.firstVariadicArg(first));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String name, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] all =
        Stream.concat(Stream.of(Linker.Option.captureCallState(ERRNO)), Stream.of(options))
            .toArray(Linker.Option[]::new);
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, all);
  }
}
