package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The target processes of tokens. Each process has one watch for all its tokens. */
final class Processes {
  private final Kernel kernel;
  private final Changes changes;
  private long lastNumber;
  private final Map<Integer, Watched> byPid = new HashMap<>();

  Processes(Kernel kernel, Changes changes) {
    this.kernel = kernel;
    this.changes = changes;
  }

  final class Watched implements Durable {
    private final long number = ++lastNumber;
    private final Change change = changes.of(this);
    private Kernel.WatchedProcess process;
    private Session payer;
    private boolean closed;
    private final Set<Interest> interests = new LinkedHashSet<>();

    int pid() {
      return process.pid();
    }

    /** Its number, which no other process gets. */
    long number() {
      return number;
    }

    @Override
    public Ledger.Kind kind() {
      return Ledger.Kind.PROCESS;
    }

    @Override
    public long key() {
      return number;
    }

    @Override
    public Record toWrite(Saving saving) {
      return closed ? null : save(saving);
    }

    SavedProcess save(Saving saving) {
      return new SavedProcess(process.pid(), new Fd(process.fd()), saving.idOf(payer));
    }
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
   * @param payer the session that is charged for the pidfd if this is the first interest
   * @throws RefusedException EINVAL if there is no such living process (rule 4)
   */
  Interest watch(int pid, Session payer, Runnable onExit) {
    Watched watched = byPid.get(pid);
    if (watched == null || !watched.process.isAlive()) {
      payer.account().check(Resource.FILE_DESCRIPTORS, 1);
      watched = add(payer, it -> kernel.watch(pid, () -> onExit(it)));
    }
    return interest(watched, onExit);
  }

  private Watched add(Session payer, Function<Watched, Kernel.WatchedProcess> begin) {
    Watched watched = new Watched();
    watched.process = begin.apply(watched);
    watched.payer = payer;
    watched.change.note();
    payer.account().force(Resource.FILE_DESCRIPTORS, 1);
    byPid.put(watched.process.pid(), watched);
    return watched;
  }

  private Interest interest(Watched watched, Runnable onExit) {
    Interest interest = new Interest(watched, onExit);
    watched.interests.add(interest);
    return interest;
  }

  /** Saves the process of an interest, once for all its interests. */
  int save(Interest interest, Saving saving) {
    return saving.process(interest.watched);
  }

  /** Restores the interest of a token in a process. */
  Interest restore(Watched watched, Runnable onExit) {
    return interest(watched, onExit);
  }

  /** Restores a watch. */
  Watched restore(SavedProcess saved, Session payer) {
    return add(payer, it -> kernel.adopt(saved, () -> onExit(it)));
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
    watched.change.note();
    byPid.remove(watched.process.pid(), watched);
    watched.process.close();
    watched.payer.account().release(Resource.FILE_DESCRIPTORS, 1);
  }
}
