package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The system calls for the files of Unix sockets. Paths are bytes, as in the kernel, because the
 * JDK only supports paths that its locale can encode. A call returns the kernel's result or -errno.
 * For one thread only.
 */
final class FileCalls {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_PATH = 0x200000;
  private static final int O_RDWR = 0x2;
  private static final int O_CREAT = 0x40;

  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  /** Two flags differ between architectures (bits/fcntl.h). */
  private static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));

  private static final int O_DIRECTORY = X86 ? 0x10000 : 0x4000;
  private static final int O_NOFOLLOW = X86 ? 0x20000 : 0x8000;

  /** Offsets in struct statx (statx(2)), which is the same on every architecture. */
  private static final int STATX_BASIC_STATS = 0x7ff;

  private static final int STATX_SIZE = 256;
  private static final int STX_UID = 20;
  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_DEV_MAJOR = 136;
  private static final int STX_DEV_MINOR = 140;
  private static final int PATH_MAX = 4096;

  private static final CFunction OPENAT = CFunction.variadic(3, "openat");

  /** The C library has no function for openat2(2). */
  private static final CFunction OPENAT2 = CFunction.variadic(1, "syscall");

  /** The number is the same on every architecture. */
  private static final long SYS_OPENAT2 = 437;

  /** struct open_how: flags, mode and resolve, 8 bytes each. */
  private static final long HOW_SIZE = 24;

  private static final int HOW_RESOLVE = 16;
  private static final long RESOLVE_NO_SYMLINKS = 4;

  private static final CFunction STATX = CFunction.of("statx");
  private static final CFunction UNLINKAT = CFunction.of("unlinkat");
  private static final CFunction FLOCK = CFunction.of("flock");
  private static final CFunction FCHMOD = CFunction.of("fchmod");
  private static final CFunction CHMOD = CFunction.of("chmod");
  private static final CFunction READLINK = CFunction.of("readlink");

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
  private final MemorySegment path = Arena.ofAuto().allocate(PATH_MAX);
  private final MemorySegment statx = Arena.ofAuto().allocate(STATX_SIZE, 8);
  private final MemorySegment how = Arena.ofAuto().allocate(HOW_SIZE, 8);

  private boolean followLinks = true;

  /** Sets whether {@link #openClientsDirectory} and {@link #openFile} follow symbolic links. */
  void followLinks(boolean on) {
    followLinks = on;
  }

  boolean followsLinks() {
    return followLinks;
  }

  /** Opens a directory with O_PATH, which needs no permission to read it. */
  int openDirectory(byte[] directory) {
    return openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  }

  /** Like {@link #openDirectory}, for a path that a client has chosen. */
  int openClientsDirectory(byte[] directory) {
    return openPath(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  }

  /** Opens a file with O_PATH, so that it stays the same file. */
  int openFile(byte[] file) {
    return openPath(file, O_PATH | O_CLOEXEC);
  }

  /** openat2(2) with RESOLVE_NO_SYMLINKS unless links are followed. */
  private int openPath(byte[] name, int flags) {
    if (followLinks) {
      return openat(AT_FDCWD, name, flags, 0);
    } else if (name.length >= PATH_MAX) {
      return -Errno.ENAMETOOLONG;
    }
    how.set(JAVA_LONG, 0, flags);
    how.set(JAVA_LONG, HOW_RESOLVE, RESOLVE_NO_SYMLINKS);
    return result(
        (int) OPENAT2.call(state, SYS_OPENAT2, AT_FDCWD, text(name), how.address(), HOW_SIZE));
  }

  /** Opens an entry of a directory with O_PATH. Does not follow it if it is a symbolic link. */
  int openEntry(int directory, byte[] name) {
    return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  }

  /** Opens or creates a file for reading and writing. Does not follow a symbolic link. */
  int openOrCreate(byte[] file, int mode) {
    return openat(AT_FDCWD, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);
  }

  /** Locks a file without waiting: flock(2). -EAGAIN if another open file holds the lock. */
  int tryLock(int fd) {
    return result((int) FLOCK.call(state, fd, LOCK_EX | LOCK_NB));
  }

  private int openat(int directory, byte[] name, int flags, int mode) {
    if (name.length >= PATH_MAX) {
      return -Errno.ENAMETOOLONG;
    }
    return result((int) OPENAT.call(state, directory, text(name), flags, mode));
  }

  /** Returns the identity of an open file, or null if the kernel does not report it. */
  FileIdentity identity(int fd) {
    return identity(fd, new byte[0], AT_EMPTY_PATH);
  }

  /**
   * Returns the identity of the file at a path, without following a symbolic link. Null if there is
   * none.
   */
  FileIdentity identityAt(byte[] path) {
    return identity(AT_FDCWD, path);
  }

  /**
   * Returns the identity of an entry of a directory, without following a symbolic link. Null if the
   * directory has no such entry.
   */
  FileIdentity identity(int directory, byte[] name) {
    return identity(directory, name, AT_SYMLINK_NOFOLLOW);
  }

  private FileIdentity identity(int directory, byte[] name, int flags) {
    int answer =
        (int) STATX.call(state, directory, text(name), flags, STATX_BASIC_STATS, statx.address());
    return answer < 0 ? null : readIdentity();
  }

  private FileIdentity readIdentity() {
    long device =
        Integer.toUnsignedLong(statx.get(JAVA_INT, STX_DEV_MAJOR)) << 32
            | Integer.toUnsignedLong(statx.get(JAVA_INT, STX_DEV_MINOR));
    return new FileIdentity(
        device,
        statx.get(JAVA_LONG, STX_INO),
        statx.get(JAVA_SHORT, STX_MODE) & 0xffff,
        Integer.toUnsignedLong(statx.get(JAVA_INT, STX_UID)));
  }

  int unlink(int directory, byte[] name) {
    return result((int) UNLINKAT.call(state, directory, text(name), 0));
  }

  /** Sets the mode, before the umask, of the file that bind will create for an unbound socket. */
  int modeOfSocket(int socket, int mode) {
    return result((int) FCHMOD.call(state, socket, mode));
  }

  /** Sets the mode of a file that was opened with O_PATH, which fchmod(2) does not support. */
  int modeOfFile(int file, int mode) {
    return result((int) CHMOD.call(state, text(link(file)), mode));
  }

  /**
   * Returns the current path of an open file without symbolic links, or null if the kernel does not
   * report it.
   */
  byte[] realPath(int file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment real = arena.allocate(PATH_MAX);
      long length = READLINK.call(state, text(link(file)), real.address(), (long) PATH_MAX);
      return length < 0 ? null : real.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  /** Returns a path that refers to the open file itself, wherever it is. */
  static byte[] link(int fd) {
    return ("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII);
  }

  private long text(byte[] bytes) {
    MemorySegment.copy(bytes, 0, path, JAVA_BYTE, 0, bytes.length);
    path.set(JAVA_BYTE, bytes.length, (byte) 0);
    return path.address();
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -CFunction.errno(state);
  }
}
