package dev.sockbroker.client;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * System calls by number through syscall(2), so that only one function must be linked. Any thread
 * may make them.
 */
enum ForeignCall {
  SOCKET(41, 198),
  CONNECT(42, 203),
  GETSOCKOPT(55, 209),
  SENDTO(44, 206),
  RECVFROM(45, 207),
  RECVMSG(47, 212),
  CLOSE(3, 57);

  private static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));
  private static final int ARGUMENTS = 6;
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout()
          .varHandle(MemoryLayout.PathElement.groupElement("errno"))
          .withInvokeExactBehavior();
  private static final MethodHandle SYSCALL = link();

  private final long onX86;
  private final long onArm;

  /**
   * @param onX86 the call's number on x86_64
   * @param onArm its number on aarch64
   */
  ForeignCall(long onX86, long onArm) {
    this.onX86 = onX86;
    this.onArm = onArm;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find("syscall").orElseThrow(),
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(1));
  }

  /**
   * Makes the call, again if a signal ends it. close(2) has closed the fd then, and is made once.
   *
   * @param arguments at most 6 numbers and addresses
   * @return the kernel's result, or the negated errno
   */
  long make(long... arguments) {
    long[] all = new long[ARGUMENTS];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      long answer;
      do {
        answer = once(state, all);
      } while (answer == -Errno.EINTR && this != CLOSE);
      return answer;
    }
  }

  private long once(MemorySegment state, long[] a) {
    try {
      long number = X86 ? onX86 : onArm;
      long answer = (long) SYSCALL.invokeExact(state, number, a[0], a[1], a[2], a[3], a[4], a[5]);
      return answer >= 0 ? answer : -(int) ERRNO.get(state, 0L);
    } catch (Throwable t) {
      throw new AssertionError("a call does not fit its declaration", t);
    }
  }
}
