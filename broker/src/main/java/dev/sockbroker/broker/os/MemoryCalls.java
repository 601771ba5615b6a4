package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

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

  private static final MethodHandle MEMFD_CREATE =
      SystemCalls.function("memfd_create", JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle FTRUNCATE =
      SystemCalls.function("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle LSEEK =
      SystemCalls.function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle EVENTFD =
      SystemCalls.function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  /**
   * @param name shown in /proc/PID/maps of both sides
   */
  int memfdCreate(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(name).address();
      return result((int) MEMFD_CREATE.invokeExact(state, text, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  int ftruncate(int fd, long length) {
    try {
      return result((int) FTRUNCATE.invokeExact(state, fd, length));
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
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
    try {
      long answer = (long) LSEEK.invokeExact(state, fd, offset, whence);
      return answer >= 0 ? answer : -SystemCalls.errno(state);
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  int eventfd() {
    try {
      return result((int) EVENTFD.invokeExact(state, 0, EFD_CLOEXEC | EFD_NONBLOCK));
    } catch (Throwable e) {
      throw SystemCalls.unlinked(e);
    }
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -SystemCalls.errno(state);
  }
}
