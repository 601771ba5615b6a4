package dev.sockbroker.broker.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A process that keeps the open files of this process if this process is killed. It shares the
 * table of open files (clone(2), CLONE_FILES): what this process opens is in it at once, and what
 * this process closes is really closed, both at no cost. When this process has ended, the holder
 * waits for a grace period, in which the next broker can take the files ({@link HeldFiles}). Then
 * it ends, and the kernel closes what is left.
 *
 * <p>The holder runs {@link HolderCode}, with almost no memory. It has its own session. SIGTERM
 * ends it, so that it does not delay the stop of a service or of the machine, and it blocks all
 * other signals. A service manager that ends all processes of a service before it restarts it also
 * ends the holder (systemd without KillMode=process). {@code ps} shows it as {@code
 * [sockbroker-keep]}.
 *
 * <p>While a holder exists, a lock of fcntl_locking(2) and a file that this process has open
 * outlive this process. Standard input, output and error are closed as soon as this process has
 * ended, unless they are sockets. A process that only stops, without {@link #end}, also leaves its
 * holder.
 *
 * <p>The methods can be called on any thread.
 */
public final class Holder {
  static final String NAME = "sockbroker-keep";

  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
  private final ProcessCalls processCalls = new ProcessCalls();
  private final int ownPidfd;

  /** 0 if it could not be made. */
  private int pid;

  private long startTicks;
  private boolean ended;

  /**
   * Starts a holder and waits until it is ready, usually for some milliseconds. One at a time,
   * because the threads of a process share what {@link UncopiedMemory} does.
   *
   * @param grace how long the holder keeps the files when this process has ended. The clock stops
   *     while the machine is suspended
   * @throws IOException with the call that failed and the reason. Nothing is left then
   * @throws WrongThreadException on a virtual thread, which could change its thread of the kernel
   */
  public static synchronized Holder start(Duration grace) throws IOException {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("a grace of " + grace);
    }
    if (Thread.currentThread().isVirtual()) {
      throw new WrongThreadException("a holder needs a platform thread");
    }
    byte[] code = HolderCode.of(System.getProperty("os.arch"));
    Holder holder = new Holder();
    try {
      holder.pid = holder.clone(code, grace);
      holder.awaitReady();
      return holder;
    } catch (Throwable e) {
      holder.end();
      throw e;
    }
  }

  private Holder() throws IOException {
    ownPidfd = calls.pidfdOpen((int) ProcessHandle.current().pid());
    if (ownPidfd < 0) {
      throw CloneCalls.failure("pidfd_open", -ownPidfd);
    }
  }

  private int clone(byte[] code, Duration grace) throws IOException {
    CloneCalls cloneCalls = new CloneCalls();
    try (HolderMemory memory = new HolderMemory(cloneCalls)) {
      memory.writeCode(code);
      memory.writeStructure(NAME, ownPidfd, streams(), grace);
      // The kernel writes to the thread's memory when the new process begins (rseq(2)), which dies
      // at once without it. It begins in the C library's clone.
      long thread = cloneCalls.threadMemory();
      long function = CloneCalls.cloneFunction();
      try (UncopiedMemory _ =
              UncopiedMemory.allBut(
                  it -> it.contains(thread) || it.contains(function) || memory.isPart(it),
                  cloneCalls);
          BlockedSignals _ = new BlockedSignals(cloneCalls)) {
        return cloneCalls.clone(memory.code(), memory.end(), memory.structure());
      }
    }
  }

  /**
   * Those of standard input, output and error that can be closed early. A program that reads the
   * output waits for its end. A socket could be one of the broker's, if it was started without
   * these.
   */
  private static List<Integer> streams() {
    return IntStream.range(0, 3).filter(Holder::isStream).boxed().toList();
  }

  private static boolean isStream(int fd) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return file.startsWith("/") || file.startsWith("pipe:");
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits for the name, which the holder sets last. */
  private void awaitReady() throws IOException {
    long until = System.nanoTime() + START_NANOS;
    ProcessFacts facts = ProcessFacts.of(pid);
    while (!facts.name().equals(NAME)) {
      if (!isAlive()) {
        throw new IOException("cannot start a holder: it ended at once" + signal());
      } else if (System.nanoTime() - until > 0) {
        throw new IOException("cannot start a holder: it does not run");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      facts = ProcessFacts.of(pid);
    }
    startTicks = facts.startTicks();
  }

  private String signal() {
    int signal = processCalls.endSignal();
    return signal == 0 ? "" : ", by signal " + signal;
  }

  public int pid() {
    return pid;
  }

  /**
   * When the holder was started, in clock ticks since the machine has booted. With the pid it
   * identifies the holder, because a later process with the same pid has another value.
   */
  public long startTicks() {
    return startTicks;
  }

  /** Whether the holder still exists. If it has ended, no zombie is left. */
  public synchronized boolean isAlive() {
    if (!ended && processCalls.reapIfEnded(pid) != 0) {
      ended = true;
      calls.close(ownPidfd);
    }
    return !ended;
  }

  /** Ends the holder and waits for that. No zombie is left. Does nothing if it has ended. */
  public synchronized void end() {
    if (!ended) {
      if (pid != 0) {
        processCalls.kill(pid);
        processCalls.reap(pid);
      }
      ended = true;
      calls.close(ownPidfd);
    }
  }
}
