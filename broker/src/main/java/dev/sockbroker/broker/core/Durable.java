package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;

/** An entity that is written to the ledger when it has changed. */
public interface Durable {

  /** The kind of the entity. */
  Ledger.Kind kind();

  /** Its number among the entities of its kind. */
  long key();

  /** Returns what to write, or null if the entity is gone. */
  Record toWrite(Saving saving);
}
