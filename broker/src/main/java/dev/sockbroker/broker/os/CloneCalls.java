package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The system calls that make a process with a program of its own (clone(2)) and prepare memory for
 * it. The constants are the same on x86-64 and aarch64.
 */
final class CloneCalls {
  static final int PROT_NONE = 0;
  static final int PROT_READ_WRITE = 1 | 2;
  static final int PROT_READ_EXECUTE = 1 | 4;

  static final int MADV_DONTFORK = 10;
  static final int MADV_DOFORK = 11;

  private static final int CLONE_FILES = 0x400;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x2 | 0x20;
  private static final long MAP_FAILED = -1;
  private static final int SIG_SETMASK = 2;

  private static final MethodHandle CLONE =
      SystemCalls.variadic(4, "clone", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MMAP =
      SystemCalls.function(
          "mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MPROTECT =
      SystemCalls.function("mprotect", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MUNMAP =
      SystemCalls.function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MADVISE =
      SystemCalls.function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle PTHREAD_SIGMASK =
      SystemCalls.function("pthread_sigmask", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PTHREAD_SELF = SystemCalls.function("pthread_self", JAVA_LONG);
  private static final MethodHandle GETPAGESIZE = SystemCalls.function("getpagesize", JAVA_INT);

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  /**
   * Makes a process that shares the table of open files and has a copy of the memory. It calls the
   * code with the argument, on the stack. It sends no signal to this process when it ends.
   *
   * @param stackEnd the highest address of the stack
   * @return the pid
   */
  int clone(long code, long stackEnd, long argument) throws IOException {
    try {
      return checked(
          (int) CLONE.invokeExact(state, code, stackEnd, CLONE_FILES, argument), "clone");
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  /** Where the function of the C library is in which the new process begins. */
  static long cloneFunction() {
    return Linker.nativeLinker().defaultLookup().findOrThrow("clone").address();
  }

  /** Reserves private memory without any access to it, and returns its address. */
  long mmap(long length) throws IOException {
    try {
      long address =
          (long) MMAP.invokeExact(state, 0L, length, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      checked(address == MAP_FAILED ? -1 : 0, "mmap");
      return address;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  void mprotect(long address, long length, int protection) throws IOException {
    try {
      checked((int) MPROTECT.invokeExact(state, address, length, protection), "mprotect");
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  void munmap(long address, long length) {
    try {
      int ignored = (int) MUNMAP.invokeExact(state, address, length);
      assert ignored == 0;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  /** Advises the kernel. It applies to those parts of the range that are mapped. */
  void madvise(long address, long length, int advice) {
    try {
      int ignored = (int) MADVISE.invokeExact(state, address, length, advice);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  /**
   * Replaces the signals that the current thread blocks.
   *
   * @param now the address of a sigset_t
   * @param before the address of a sigset_t for the old ones, or 0
   */
  void signalMask(long now, long before) {
    try {
      int ignored = (int) PTHREAD_SIGMASK.invokeExact(state, SIG_SETMASK, now, before);
      assert ignored == 0;
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  /** An address in the memory that the C library and the kernel keep for the current thread. */
  long threadMemory() {
    try {
      return (long) PTHREAD_SELF.invokeExact(state);
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  int pageSize() {
    try {
      return (int) GETPAGESIZE.invokeExact(state);
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  private int checked(int answer, String call) throws IOException {
    if (answer < 0) {
      throw failure(call, SystemCalls.errno(state));
    }
    return answer;
  }

  static IOException failure(String call, int errno) {
    return new IOException("cannot start a holder: " + call + ": " + Errno.name(errno));
  }
}
