package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that act on another process. Like {@link SystemCalls} they return the kernel's
 * result or -errno, and an instance is for one thread at a time.
 */
final class ProcessCalls {
  /** The numbers are the same on every architecture. The C library has these functions late. */
  private static final long SYS_PIDFD_SEND_SIGNAL = 424;

  private static final long SYS_PIDFD_GETFD = 438;

  private static final int SIGKILL = 9;

  private static final int WNOHANG = 1;

  /** Also for children that send no signal at their end (wait(2)). */
  private static final int WALL = 0x40000000;

  private static final short POLLIN = 1;
  private static final int POLL_EVENTS = 4;

  private static final CFunction KILL = CFunction.of("kill");
  private static final CFunction WAITPID = CFunction.of("waitpid");
  private static final CFunction SYSCALL = CFunction.variadic(1, "syscall");

  private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
  private int status;

  /** Kills a child of this process that has not been reaped, so that the pid is still its own. */
  int kill(int child) {
    return result((int) KILL.call(state, child, SIGKILL));
  }

  /** Kills the process of a pidfd. -ESRCH if it has ended. */
  int killByPidfd(int pidfd) {
    return syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, SIGKILL);
  }

  /** Waits for the end of a child and reaps it. Returns its pid. */
  int reap(int child) {
    int answer;
    do {
      answer = waitpid(child, WALL);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  /** Reaps a child that has ended. Returns its pid, or 0 if it lives. */
  int reapIfEnded(int child) {
    return waitpid(child, WALL | WNOHANG);
  }

  /** The signal that ended the last reaped child, or 0 if it exited by itself (wait(2)). */
  int endSignal() {
    return status & 0x7f;
  }

  private int waitpid(int child, int options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(JAVA_INT);
      int answer = result((int) WAITPID.call(state, child, memory.address(), options));
      status = memory.get(JAVA_INT, 0);
      return answer;
    }
  }

  /** Duplicates a descriptor of another process. The duplicate is close-on-exec. */
  int takeFd(int pidfd, int number) {
    return syscall(SYS_PIDFD_GETFD, pidfd, number);
  }

  private int syscall(long call, int pidfd, int argument) {
    return result((int) SYSCALL.call(state, call, pidfd, argument, 0L, 0));
  }

  /**
   * Waits for the end of the process of a pidfd.
   *
   * @param millis 0 returns at once
   * @return whether it has ended; it may remain as a zombie
   */
  boolean awaitEnd(int pidfd, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollFd = arena.allocate(8, 4);
      pollFd.set(JAVA_INT, 0, pidfd);
      pollFd.set(JAVA_SHORT, POLL_EVENTS, POLLIN);
      int answer;
      do {
        answer = calls.poll(pollFd.address(), 1, millis);
      } while (answer == -Errno.EINTR);
      return answer > 0;
    }
  }

  private int result(int answer) {
    return answer >= 0 ? answer : -CFunction.errno(state);
  }
}
