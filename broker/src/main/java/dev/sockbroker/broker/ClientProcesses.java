package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.os.EpollKernel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The processes of the clients. All connections of a process share one watch, because a worker
 * connects again for each of its streams. Loop thread only.
 */
final class ClientProcesses {
  private final EpollKernel kernel;
  private final Executor loop;

  /** By pid. An entry whose process has ended is replaced by the next process with its pid. */
  private final Map<Integer, Process> processes = new HashMap<>();

  ClientProcesses(EpollKernel kernel, Executor loop) {
    this.kernel = kernel;
    this.loop = loop;
  }

  /**
   * Whether the process with this pid is alive, and has been since it made an earlier connection
   * that is still open. Connections are accepted in the order in which they were made, so a newer
   * one with this pid is also from this process.
   */
  boolean isKnown(int pid) {
    Process process = processes.get(pid);
    return process != null && process.watch.isAlive();
  }

  /** Like {@link #watch}, for a process that is known. */
  WatchedProcess watchKnown(int pid, Runnable onExit) {
    return processes.get(pid).join(onExit);
  }

  /**
   * Watches the process at the other end of a connection, which is not known.
   *
   * @param pid as {@link EpollKernel#watchPeer} expects it
   * @param onExit runs in a task of its own, because one process can have many sessions
   */
  WatchedProcess watch(int connection, int pid, Runnable onExit) {
    if (pid == 0) {
      // every process of another pid namespace has this pid
      return kernel.watchPeer(connection, pid, () -> loop.execute(onExit));
    }
    Process process = new Process(connection, pid);
    processes.put(pid, process);
    return process.join(onExit);
  }

  /** A process and the connections that it has made. */
  private final class Process {
    private final WatchedProcess watch;
    private final Set<Member> members = new LinkedHashSet<>();

    Process(int connection, int pid) {
      watch = kernel.watchPeer(connection, pid, this::onExit);
    }

    Member join(Runnable onExit) {
      Member member = new Member(this, onExit);
      members.add(member);
      return member;
    }

    private void onExit() {
      List.copyOf(members).forEach(member -> loop.execute(member.onExit));
    }

    private void leave(Member member) {
      if (members.remove(member) && members.isEmpty()) {
        watch.close();
        processes.remove(watch.pid(), this);
      }
    }
  }

  /** The watch of one connection. */
  private static final class Member implements WatchedProcess {
    private final Process process;
    private final Runnable onExit;

    Member(Process process, Runnable onExit) {
      this.process = process;
      this.onExit = onExit;
    }

    @Override
    public int pid() {
      return process.watch.pid();
    }

    @Override
    public int fd() {
      return process.watch.fd();
    }

    @Override
    public boolean isAlive() {
      return process.watch.isAlive();
    }

    @Override
    public void close() {
      process.leave(this);
    }
  }
}
