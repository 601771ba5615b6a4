package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The open files of a {@link Holder} of another process. They stay open in the holder when they are
 * taken, until it ends. For one thread at a time.
 */
public final class HeldFiles implements AutoCloseable {
  private static final int END_MILLIS = 10_000;

  private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
  private final ProcessCalls processCalls = new ProcessCalls();
  private final int pid;
  private final int pidfd;

  private HeldFiles(int pid, int pidfd) {
    this.pid = pid;
    this.pidfd = pidfd;
  }

  /**
   * Opens the files of a holder.
   *
   * @param startTicks of {@link Holder#startTicks}
   * @throws IOException if this process is not that holder, has ended, or belongs to another user.
   *     Then nothing is left open
   */
  public static HeldFiles of(int pid, long startTicks) throws IOException {
    int pidfd = new SystemCalls(Arena.ofAuto()).pidfdOpen(pid);
    if (pidfd < 0) {
      throw new IOException("there is no holder %d: %s".formatted(pid, Errno.name(-pidfd)));
    }
    HeldFiles files = new HeldFiles(pid, pidfd);
    try {
      files.check(startTicks);
      return files;
    } catch (Throwable e) {
      files.close();
      throw e;
    }
  }

  private void check(long startTicks) throws IOException {
    ProcessFacts facts = ProcessFacts.of(pid);
    long ownUser = ProcessFacts.of(ProcessHandle.current().pid()).uid();
    if (!facts.name().equals(Holder.NAME) || facts.startTicks() != startTicks) {
      throw new IOException("process %d is not that holder".formatted(pid));
    } else if (facts.uid() != ownUser) {
      throw new IOException("holder %d belongs to the user %d".formatted(pid, facts.uid()));
    } else if (processCalls.awaitEnd(pidfd, 0)) {
      // Otherwise the facts could be those of a later process with this pid.
      throw new IOException("holder %d has ended".formatted(pid));
    }
  }

  /**
   * The numbers of the open files, ascending. They are those that the broker used. One of them is
   * the broker's own pidfd, on which the holder waits.
   *
   * @throws IOException if the holder has ended
   */
  public List<Integer> numbers() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return all.map(it -> Integer.parseInt(it.getFileName().toString())).sorted().toList();
    }
  }

  /**
   * Takes a file: duplicates it into this process. The new descriptor is close-on-exec and is the
   * caller's.
   *
   * @throws IOException if the holder has ended, has no such file, or the kernel does not permit it
   */
  public int take(int number) throws IOException {
    int fd = tryTake(number);
    if (fd < 0) {
      throw new IOException(
          "cannot take file %d of holder %d: %s".formatted(number, pid, Errno.name(-fd)));
    }
    return fd;
  }

  /** Like {@link #take}, but returns -errno. */
  int tryTake(int number) {
    return processCalls.takeFd(pidfd, number);
  }

  /**
   * Ends the holder and waits for that. Then its files are closed, except those that were taken.
   *
   * @throws IOException if it does not end within 10 s
   */
  public void end() throws IOException {
    int answer = processCalls.killByPidfd(pidfd);
    if (answer < 0 && answer != -Errno.ESRCH) {
      throw new IOException("cannot end holder %d: %s".formatted(pid, Errno.name(-answer)));
    }
    if (!processCalls.awaitEnd(pidfd, END_MILLIS)) {
      throw new IOException("holder %d does not end".formatted(pid));
    }
  }

  /** Closes the access to the holder, which continues if it was not ended. */
  @Override
  public void close() {
    calls.close(pidfd);
  }
}
