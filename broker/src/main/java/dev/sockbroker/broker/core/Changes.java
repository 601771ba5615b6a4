package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The entities that have changed since the last commit to the ledger. A commit follows each
 * request, and comes before anything is sent to a client, so nobody is told what a killed broker
 * would have forgotten. Loop thread only.
 */
public final class Changes {
  private final Ledger ledger;
  private final Executor loop;
  private final Supplier<Ledger.Ids> ids;
  private final Runnable task = this::onTask;
  private List<Change> noted = new ArrayList<>();
  private List<Change> writing = new ArrayList<>();
  private boolean scheduled;
  private boolean removed;
  private long lastOperation;

  /**
   * @param ids the last ids that were given
   */
  Changes(Ledger ledger, Executor loop, Supplier<Ledger.Ids> ids) {
    this.ledger = ledger;
    this.loop = loop;
    this.ids = ids;
    ledger.onDue(this::schedule);
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

  void add(Change change) {
    noted.add(change);
    schedule();
  }

  /** For changes outside requests and replies, such as the end of a retention. */
  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      loop.execute(task);
    }
  }

  /** Removes what may be used for something else before the next commit. */
  void remove(Ledger.Kind kind, long id) {
    if (isOn()) {
      ledger.remove(kind, id);
      removed = true;
      schedule();
    }
  }

  private void onTask() {
    scheduled = false;
    commit();
  }

  /** Writes everything that has changed. To be called only when no operation is half done. */
  public void commit() {
    if (noted.isEmpty() && !removed && !ledger.isDue()) {
      return;
    }
    List<Change> changes = noted;
    noted = writing;
    writing = changes;
    Saving saving = Saving.single();
    for (int i = 0; i < changes.size(); i++) {
      write(changes.get(i).take(), saving);
    }
    changes.clear();
    removed = false;
    ledger.commit(ids.get());
  }

  private void write(Durable entity, Saving saving) {
    Record saved = entity.toWrite(saving);
    if (saved == null) {
      ledger.remove(entity.kind(), entity.key());
    } else {
      ledger.put(entity.kind(), entity.key(), saved);
    }
  }
}
