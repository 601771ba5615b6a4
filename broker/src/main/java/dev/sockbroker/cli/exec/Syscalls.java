package dev.sockbroker.cli.exec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of exec, by number through syscall(2). So only one function must be linked, and
 * each one costs some milliseconds at start. A call returns the kernel's result, or the negated
 * errno. For the main thread only.
 */
final class Syscalls {
  private static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));
  private static final String ERRNO = "errno";
  private static final VarHandle ERRNO_FIELD =
      Linker.Option.captureStateLayout()
          .varHandle(MemoryLayout.PathElement.groupElement(ERRNO))
          .withInvokeExactBehavior();
  private static final MethodHandle SYSCALL = link();
  private static final MemorySegment STATE =
      Arena.global().allocate(Linker.Option.captureStateLayout());

  /** The numbers of the calls on the two architectures that the broker supports. */
  enum Call {
    SOCKET(41, 198),
    CONNECT(42, 203),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    WRITE(1, 64),
    RECVMSG(47, 212),
    FCNTL(72, 25),
    DUP3(292, 24),
    CLOSE(3, 57),
    FACCESSAT(269, 48),
    RT_SIGACTION(13, 134),
    RT_SIGPROCMASK(14, 135),
    GETPID(39, 172),
    EXECVE(59, 221);

    private final long number;

    Call(long onX86, long onArm) {
      number = X86 ? onX86 : onArm;
    }
  }

  private Syscalls() {}

  static long call(Call call, long a) {
    return call(call, a, 0, 0, 0, 0);
  }

  static long call(Call call, long a, long b, long c) {
    return call(call, a, b, c, 0, 0);
  }

  static long call(Call call, long a, long b, long c, long d) {
    return call(call, a, b, c, d, 0);
  }

  static long call(Call call, long a, long b, long c, long d, long e) {
    try {
      long answer = (long) SYSCALL.invokeExact(STATE, call.number, a, b, c, d, e);
      return answer >= 0 ? answer : -(int) ERRNO_FIELD.get(STATE, 0L);
    } catch (Throwable t) {
      throw new AssertionError("a call does not fit its declaration", t);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.captureCallState(ERRNO),
        Linker.Option.firstVariadicArg(1));
  }

  /** Copies bytes to a NUL-terminated C string. The memory is never freed. */
  static MemorySegment text(byte[] bytes) {
    MemorySegment text = Arena.global().allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
    return text;
  }
}
