package dev.sockbroker.broker.os;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * The system calls for shared memory. They are in a separate class, because a broker without rings
 * need not link them. Like {@link SystemCalls} they return the kernel's result or -errno.
 */
final class MemoryCalls {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;

  private static final CFunction MEMFD_CREATE = CFunction.of("memfd_create");
  private static final CFunction FTRUNCATE = CFunction.of("ftruncate");
  private static final CFunction LSEEK = CFunction.of("lseek");
  private static final CFunction EVENTFD = CFunction.of("eventfd");

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  /**
   * @param name shown in /proc/PID/maps of both sides
   */
  int memfdCreate(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(name).address();
      return result((int) MEMFD_CREATE.call(state, text, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    }
  }

  int ftruncate(int fd, long length) {
    return result((int) FTRUNCATE.call(state, fd, length));
  }

  /** Returns the position of the next data in a sparse file, or -ENXIO if only holes follow. */
  long nextData(int fd, long offset) {
    return seek(fd, offset, SEEK_DATA);
  }

  /** Where data of a sparse file ends. */
  long nextHole(int fd, long offset) {
    return seek(fd, offset, SEEK_HOLE);
  }

  private long seek(int fd, long offset, int whence) {
    long answer = LSEEK.call(state, fd, offset, whence);
    return answer >= 0 ? answer : -CFunction.errno(state);
  }

  int eventfd() {
    return result((int) EVENTFD.call(state, 0, EFD_CLOEXEC | EFD_NONBLOCK));
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -CFunction.errno(state);
  }
}
