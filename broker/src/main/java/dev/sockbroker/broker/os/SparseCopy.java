package dev.sockbroker.broker.os;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Copies the parts of a sparse file that exist. */
final class SparseCopy {
  private static final int ENXIO = 6;

  private final MemoryCalls calls = new MemoryCalls();
  private final int fd;
  private final FileChannel from;
  private final FileChannel to;

  private SparseCopy(int fd, FileChannel from, FileChannel to) {
    this.fd = fd;
    this.from = from;
    this.to = to;
  }

  /**
   * @param fd an open file
   * @param file which does not exist
   * @param bytesMax the most bytes to copy, without holes
   * @throws IOException if there are more, or for the usual reasons. The file may exist then
   */
  static void copy(int fd, Path file, long bytesMax) throws IOException {
    try (FileChannel from = FileChannel.open(Path.of("/proc/self/fd/" + fd), READ);
        FileChannel to =
            FileChannel.open(
                file,
                Set.of(CREATE_NEW, WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))) {
      new SparseCopy(fd, from, to).run(bytesMax);
    }
  }

  private void run(long bytesMax) throws IOException {
    long left = bytesMax;
    for (long data = calls.nextData(fd, 0); data >= 0; ) {
      long hole = checked(calls.nextHole(fd, data));
      left -= hole - data;
      if (left < 0) {
        throw new IOException("there are more than %,d bytes".formatted(bytesMax));
      }
      copy(data, hole);
      data = calls.nextData(fd, hole);
      if (data != -ENXIO) {
        checked(data);
      }
    }
  }

  private void copy(long begin, long end) throws IOException {
    to.position(begin);
    for (long at = begin; at < end; ) {
      long count = from.transferTo(at, end - at, to);
      if (count <= 0) {
        throw new IOException("nothing can be read at " + at);
      }
      at += count;
    }
  }

  private static long checked(long answer) throws IOException {
    if (answer < 0) {
      throw new IOException("lseek: " + Errno.name((int) -answer));
    }
    return answer;
  }
}
