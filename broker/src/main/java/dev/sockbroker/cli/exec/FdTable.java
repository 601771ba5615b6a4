package dev.sockbroker.cli.exec;

import dev.sockbroker.cli.exec.Syscalls.Call;
import dev.sockbroker.protocol.Errno;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts the sockets at their fd numbers. Such a number may be one that the JVM itself uses (it reads
 * its classes through fd 3). So once the sockets are in place, the caller must immediately call
 * execve, or restore the previous fds.
 */
final class FdTable {
  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FD_CLOEXEC = 1;
  private static final int O_CLOEXEC = 0x80000;
  private static final int NONE = -1;

  /** A socket, outside the wanted numbers, and the file that was open at its target. */
  private record Move(int target, int socket, int displaced) {}

  private final List<Move> moves = new ArrayList<>();

  /**
   * Checks that all sockets can be put in place, without changing anything.
   *
   * @param places the received fds of the sockets by wanted number
   * @throws ExecException EINVAL if a number exceeds the open file limit of this process
   */
  FdTable(Map<Integer, Integer> places) throws ExecException {
    int above = 1 + places.keySet().stream().mapToInt(Integer::intValue).max().orElse(2);
    for (Map.Entry<Integer, Integer> place : places.entrySet()) {
      int target = place.getKey();
      long displaced = Syscalls.call(Call.FCNTL, target, F_DUPFD_CLOEXEC, above);
      moves.add(
          new Move(
              target,
              duplicate(target, place.getValue(), above),
              displaced == -Errno.EBADF ? NONE : ExecException.check("fcntl", displaced)));
    }
  }

  private static int duplicate(int target, int fd, int above) throws ExecException {
    return ExecException.check(
        "fd " + target + " (see ulimit -n)", Syscalls.call(Call.FCNTL, fd, F_DUPFD_CLOEXEC, above));
  }

  /** Makes every open file close-on-exec, except these fds and the sockets. */
  static void keepOnly(Set<Integer> fds) throws ExecException {
    String[] open = new File("/proc/self/fd").list();
    if (open == null) {
      throw new ExecException("the open files cannot be listed (see ulimit -n)", Errno.EMFILE);
    }
    for (String name : open) {
      int fd = Integer.parseInt(name);
      // the directory that was just listed is already closed
      long flags = Syscalls.call(Call.FCNTL, fd, F_GETFD, 0);
      if (flags >= 0) {
        Syscalls.call(Call.FCNTL, fd, F_SETFD, fds.contains(fd) ? 0 : FD_CLOEXEC);
      }
    }
  }

  void putInPlace() {
    for (Move it : moves) {
      Syscalls.call(Call.DUP3, it.socket, it.target, 0);
    }
  }

  void putBack() {
    for (Move it : moves) {
      if (it.displaced == NONE) {
        Syscalls.call(Call.CLOSE, it.target);
      } else {
        Syscalls.call(Call.DUP3, it.displaced, it.target, O_CLOEXEC);
      }
    }
  }
}
