package dev.sockbroker.cli.exec;

import dev.sockbroker.cli.exec.Syscalls.Call;
import dev.sockbroker.protocol.Errno;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which open files go with the program. Where a socket's number is one that the JVM uses itself
 * (its classes come by fd 3), it works on borrowed time from then on: the execve comes next, or
 * what was there is put back.
 */
final class FdTable {
  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FD_CLOEXEC = 1;
  private static final int O_CLOEXEC = 0x80000;
  private static final int NONE = -1;

  /** A socket, apart from the numbers that are wanted, and what stood where it goes. */
  private record Move(int target, int socket, int displaced) {}

  private final List<Move> moves = new ArrayList<>();

  /**
   * Looks that all can be put in place, and changes nothing.
   *
   * @param places the sockets' fds as they were received, by the wanted number
   * @throws ExecException EINVAL: a number is beyond what this process may have open
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
        "fd " + target + " (ulimit -n says how many there may be)",
        Syscalls.call(Call.FCNTL, fd, F_DUPFD_CLOEXEC, above));
  }

  /** Nothing but these stays open in the program, and the sockets. */
  static void keepOnly(Set<Integer> fds) throws ExecException {
    String[] open = new File("/proc/self/fd").list();
    if (open == null) {
      throw new ExecException(
          "what is open cannot be listed (ulimit -n says how many there may be)", Errno.EMFILE);
    }
    for (String name : open) {
      int fd = Integer.parseInt(name);
      // The directory that was just listed is closed by now.
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
