package dev.sockbroker.broker.core;

/** Whether an entity has changed since it was last written to the ledger. Loop thread only. */
public final class Change {
  private final Changes all;
  private final Durable entity;
  private boolean noted;

  Change(Changes all, Durable entity) {
    this.all = all;
    this.entity = entity;
  }

  /** Says that the entity has changed. It will be written with a commit that follows soon. */
  public void note() {
    if (all.isOn()) {
      add();
      all.schedule();
    }
  }

  /**
   * Says that the entity has changed only by system calls that are in the ledger. They stay there
   * until the next commit, so none need follow.
   */
  public void noteLogged() {
    if (all.isOn()) {
      add();
    }
  }

  private void add() {
    if (!noted) {
      noted = true;
      all.add(this, entity.kind());
    }
  }

  /** Returns the entity to be written, which has not changed from now on. */
  Durable take() {
    noted = false;
    return entity;
  }
}
