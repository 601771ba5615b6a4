package dev.sockbroker.broker.kernel;

/** Keeps nothing. */
record NoLedger() implements Ledger {

  @Override
  public boolean isOn() {
    return false;
  }

  @Override
  public void onBehalfOf(long session, long request) {}

  @Override
  public void answering(long handled) {}

  @Override
  public boolean isDue() {
    return false;
  }

  @Override
  public void writer(Runnable onDue, Runnable write) {}

  @Override
  public void update() {}

  @Override
  public void put(Kind kind, long id, Record saved) {}

  @Override
  public void remove(Kind kind, long id) {}

  @Override
  public void commit(Ids ids) {}
}
