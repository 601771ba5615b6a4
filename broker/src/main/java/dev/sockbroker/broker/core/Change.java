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

  /** Says that the entity has changed. It will be written with the next commit. */
  public void note() {
    if (!noted && all.isOn()) {
      noted = true;
      all.add(this);
    }
  }

  /** Returns the entity to be written, which has not changed from now on. */
  Durable take() {
    noted = false;
    return entity;
  }
}
