package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Finds out whether a {@link Holder} works on this machine, by trying it. */
public final class HolderProbe {
  /** It ends by itself if this process is killed meanwhile. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** The kernel ends all processes of a pid namespace with its first. */
  private static final int INIT = 1;

  /** Files can be taken only with CAP_SYS_PTRACE, or not at all. */
  private static final int YAMA_ADMIN = 2;

  private static final Path YAMA = Path.of("/proc/sys/kernel/yama/ptrace_scope");

  private HolderProbe() {}

  /**
   * Starts a holder, takes a file out of it, and ends it. This takes some milliseconds.
   *
   * @return null if the next broker could take the files of this one, or otherwise the reason, as a
   *     sentence without a full stop. The next broker must belong to the same user and have all
   *     capabilities of this one
   */
  public static String why() {
    if (ProcessHandle.current().pid() == INIT) {
      return "this process is pid 1 (of a container), and all other processes end with it";
    }
    SystemCalls calls = new SystemCalls(Arena.ofAuto());
    int file = new MemoryCalls().eventfd();
    if (file < 0) {
      return "cannot open a file: " + Errno.name(-file);
    }
    try {
      Holder holder = Holder.start(GRACE);
      try (HeldFiles files = HeldFiles.of(holder.pid(), holder.startTicks())) {
        int taken = files.tryTake(file);
        if (taken < 0) {
          return holder.isAlive() ? refusal(-taken) : "the holder ended at once";
        }
        calls.close(taken);
        return null;
      } finally {
        holder.end();
      }
    } catch (IOException e) {
      return e.getMessage();
    } finally {
      calls.close(file);
    }
  }

  private static String refusal(int errno) {
    int yama = yama();
    if (errno == Errno.ENOSYS) {
      return "pidfd_getfd: ENOSYS: this needs Linux 5.6, or a filter of system calls that permits"
          + " it";
    } else if (errno == Errno.EPERM && yama >= YAMA_ADMIN) {
      return "pidfd_getfd: EPERM: kernel.yama.ptrace_scope is %d, and must be 0 or 1"
          .formatted(yama);
    } else if (errno == Errno.EPERM && isFiltered()) {
      return "pidfd_getfd: EPERM: a filter of system calls does not permit it (systemd:"
          + " SystemCallFilter=pidfd_getfd; containers: a seccomp profile with pidfd_getfd)";
    }
    return "pidfd_getfd: " + Errno.name(errno);
  }

  /** Yama's level, or 0 if this kernel does not have it. */
  private static int yama() {
    try {
      return Integer.parseInt(Files.readString(YAMA).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** Whether this process has a filter of system calls (seccomp(2)). */
  private static boolean isFiltered() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1).stream()
          .anyMatch(line -> line.matches("Seccomp:\\s+2"));
    } catch (IOException e) {
      return false;
    }
  }
}
