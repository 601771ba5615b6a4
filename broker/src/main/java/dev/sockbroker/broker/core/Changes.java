package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The entities that have changed since the last commit to the ledger. A commit comes before
 * anything is sent to a client, so nobody is told what a killed broker would have forgotten. Loop
 * thread only.
 */
public final class Changes {
  private final Ledger ledger;
  private final Executor loop;
  private final Supplier<Ledger.Ids> ids;
  private final Runnable task = this::onTask;
  private final Saving saving = Saving.single();
  private List<Change> noted = new ArrayList<>();
  private List<Change> writing = new ArrayList<>();
  private boolean scheduled;

  /** Whether something has changed that only a commit makes known to the next broker. */
  private boolean isDue;

  /** Whether it may have changed to whom the bytes belong that are moved next. */
  private boolean isUrgent;

  private long lastOperation;

  /**
   * @param ids the last ids that were given
   */
  Changes(Ledger ledger, Executor loop, Supplier<Ledger.Ids> ids) {
    this.ledger = ledger;
    this.loop = loop;
    this.ids = ids;
    ledger.writer(this::schedule, this::commit);
  }

  boolean isOn() {
    return ledger.isOn();
  }

  /** Returns a number for an operation that waits. */
  long nextOperation() {
    return ++lastOperation;
  }

  /** Returns the mark of an entity. */
  public Change of(Durable entity) {
    return new Change(this, entity);
  }

  void add(Change change, Ledger.Kind kind) {
    noted.add(change);
    isUrgent |= kind != Ledger.Kind.CONNECTION && kind != Ledger.Kind.OPERATION;
  }

  /** Makes a commit follow, even if nobody is told anything. */
  void schedule() {
    isDue = true;
    if (!scheduled) {
      scheduled = true;
      loop.execute(task);
    }
  }

  /** Removes what may be used for something else before the next commit. */
  void remove(Ledger.Kind kind, long id) {
    if (isOn()) {
      ledger.remove(kind, id);
      schedule();
    }
  }

  private void onTask() {
    scheduled = false;
    commit();
  }

  /**
   * Commits after a request that has changed more than its own connection. Others wait for the end
   * of the turn, so a burst of them needs one commit.
   */
  void commitRequest() {
    if (isUrgent || ledger.isDue()) {
      commit();
    }
  }

  /**
   * Writes everything that has changed, if a commit is due. To be called only when no operation is
   * half done.
   */
  public void commit() {
    if (!isDue && !ledger.isDue()) {
      return;
    }
    isDue = false;
    isUrgent = false;
    List<Change> changes = noted;
    noted = writing;
    writing = changes;
    for (int i = 0; i < changes.size(); i++) {
      write(changes.get(i).take());
    }
    changes.clear();
    saving.clear();
    ledger.commit(ids.get());
  }

  private void write(Durable entity) {
    Record saved = entity.toWrite(saving);
    if (saved == null) {
      ledger.remove(entity.kind(), entity.key());
    } else {
      ledger.put(entity.kind(), entity.key(), saved);
    }
  }
}
