package dev.sockbroker.broker.os;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * Files in memory whose length nobody can change (memfd_create(2)). If another process could shrink
 * one, an access by the broker would raise SIGBUS.
 */
final class SealedMemory {
  private static final int F_ADD_SEALS = 1033;

  /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW. */
  private static final int SEALS = 1 | 2 | 4;

  private SealedMemory() {}

  /**
   * Creates a file.
   *
   * @param name shown in /proc/PID/maps of all processes that map it
   * @return its descriptor, or -errno
   */
  static int create(MemoryCalls memoryCalls, SystemCalls calls, String name, long length) {
    int fd = memoryCalls.memfdCreate(name);
    if (fd < 0) {
      return fd;
    }
    int answer = memoryCalls.ftruncate(fd, length);
    answer = answer < 0 ? answer : calls.fcntl(fd, F_ADD_SEALS, SEALS);
    if (answer < 0) {
      calls.close(fd);
      return answer;
    }
    return fd;
  }

  /** Maps a file for reading and writing, until the arena is closed. */
  static MemorySegment map(int fd, long length, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + fd), READ, WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, length, arena);
    }
  }
}
