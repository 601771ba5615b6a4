package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The processes that tokens are meant for: one watch for each, however many tokens. */
final class Processes {
  private final Kernel kernel;
  private final Map<Integer, Watched> byPid = new HashMap<>();

  Processes(Kernel kernel) {
    this.kernel = kernel;
  }

  private static final class Watched {
    private Kernel.WatchedProcess process;
    private Account account;
    private boolean closed;
    private final Set<Interest> interests = new LinkedHashSet<>();
  }

  /** Somebody's interest in the life of one process. */
  final class Interest {
    private final Watched watched;
    private final Runnable onExit;

    private Interest(Watched watched, Runnable onExit) {
      this.watched = watched;
      this.onExit = onExit;
    }

    boolean isAlive() {
      return watched.process.isAlive();
    }

    void end() {
      if (watched.interests.remove(this) && watched.interests.isEmpty()) {
        forget(watched);
      }
    }
  }

  int count() {
    return byPid.size();
  }

  /**
   * @param account is charged for the pidfd if it is the first that wants to know
   * @throws RefusedException EINVAL for what is no living process (rule 4)
   */
  Interest watch(int pid, Account account, Runnable onExit) {
    Watched watched = byPid.get(pid);
    if (watched == null || !watched.process.isAlive()) {
      account.check(Resource.FILE_DESCRIPTORS, 1);
      Watched fresh = new Watched();
      fresh.process = kernel.watch(pid, () -> onExit(fresh));
      fresh.account = account;
      account.force(Resource.FILE_DESCRIPTORS, 1);
      byPid.put(pid, fresh);
      watched = fresh;
    }
    Interest interest = new Interest(watched, onExit);
    watched.interests.add(interest);
    return interest;
  }

  private void onExit(Watched watched) {
    for (Interest interest : new ArrayList<>(watched.interests)) {
      interest.onExit.run();
    }
    forget(watched);
  }

  /** Once: its last interest may end while it is told that the process has ended. */
  private void forget(Watched watched) {
    if (watched.closed) {
      return;
    }
    watched.closed = true;
    byPid.remove(watched.process.pid(), watched);
    watched.process.close();
    watched.account.release(Resource.FILE_DESCRIPTORS, 1);
  }
}
