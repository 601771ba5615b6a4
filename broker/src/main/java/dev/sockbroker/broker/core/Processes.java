package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The target processes of tokens. Each process has one watch for all its tokens. */
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

  /** A registered interest in the end of one process. */
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
   * @param account the account that is charged for the pidfd if this is the first interest
   * @throws RefusedException EINVAL if there is no such living process (rule 4)
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

  /**
   * Ends a watch, but only once: its last interest may end during the notification about the end of
   * the process.
   */
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
