package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

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

  private static final CFunction CLONE = CFunction.variadic(4, "clone");
  private static final CFunction MMAP = CFunction.of("mmap");
  private static final CFunction MPROTECT = CFunction.of("mprotect");
  private static final CFunction MUNMAP = CFunction.of("munmap");
  private static final CFunction MADVISE = CFunction.of("madvise");
  private static final CFunction PTHREAD_SIGMASK = CFunction.of("pthread_sigmask");
  private static final CFunction PTHREAD_SELF = CFunction.of("pthread_self");
  private static final CFunction GETPAGESIZE = CFunction.of("getpagesize");

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  /**
   * Makes a process that shares the table of open files and has a copy of the memory. It calls the
   * code with the argument, on the stack. It sends no signal to this process when it ends.
   *
   * @param stackEnd the highest address of the stack
   * @return the pid
   */
  int clone(long code, long stackEnd, long argument) throws IOException {
    return checked((int) CLONE.call(state, code, stackEnd, CLONE_FILES, argument), "clone");
  }

  /** Where the function of the C library is in which the new process begins. */
  static long cloneFunction() {
    return Linker.nativeLinker().defaultLookup().findOrThrow("clone").address();
  }

  /** Reserves private memory without any access to it, and returns its address. */
  long mmap(long length) throws IOException {
    long address = MMAP.call(state, 0L, length, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
    checked(address == MAP_FAILED ? -1 : 0, "mmap");
    return address;
  }

  void mprotect(long address, long length, int protection) throws IOException {
    checked((int) MPROTECT.call(state, address, length, protection), "mprotect");
  }

  void munmap(long address, long length) {
    int ignored = (int) MUNMAP.call(state, address, length);
    assert ignored == 0;
  }

  /** Advises the kernel. It applies to those parts of the range that are mapped. */
  void madvise(long address, long length, int advice) {
    int ignored = (int) MADVISE.call(state, address, length, advice);
    assert ignored <= 0;
  }

  /**
   * Replaces the signals that the current thread blocks.
   *
   * @param now the address of a sigset_t
   * @param before the address of a sigset_t for the old ones, or 0
   */
  void signalMask(long now, long before) {
    int ignored = (int) PTHREAD_SIGMASK.call(state, SIG_SETMASK, now, before);
    assert ignored == 0;
  }

  /** An address in the memory that the C library and the kernel keep for the current thread. */
  long threadMemory() {
    return PTHREAD_SELF.call(state);
  }

  int pageSize() {
    return (int) GETPAGESIZE.call(state);
  }

  private int checked(int answer, String call) throws IOException {
    if (answer < 0) {
      throw failure(call, CFunction.errno(state));
    }
    return answer;
  }

  static IOException failure(String call, int errno) {
    return new IOException("cannot start a holder: " + call + ": " + Errno.name(errno));
  }
}
