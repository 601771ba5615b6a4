package dev.sockbroker.broker.kernel;

/**
 * Memory that outlives the process. The core writes each entity there when it has changed. The next
 * broker continues from what was committed last, together with the system calls after that. Loop
 * thread only.
 */
public interface Ledger {

  /** A ledger that keeps nothing, for a broker whose state ends with it. */
  Ledger NONE = new NoLedger();

  /** The kinds of entities. */
  enum Kind {
    SESSION,
    SOCKET,
    DESCRIPTOR,
    TOKEN,
    PROCESS,
    CONNECTION,
    OPERATION,
    STREAM,
    DOOR
  }

  /**
   * What the broker has only once.
   *
   * @param startedNanos when it started
   * @param session the last id that was given to a session, likewise for the others; no id is given
   *     twice
   */
  record Ids(
      long startedNanos, long session, long socket, long descriptor, long token, long object) {}

  /**
   * Says on behalf of which request the next system calls are made.
   *
   * @param session 0 for none, like the request's id
   */
  void onBehalfOf(long session, long request);

  /**
   * Says that the next system call sends replies to a client whose record does not know of them.
   *
   * @param handled how many bytes of the client's input were handled since its record was written
   */
  void answering(long handled);

  /** Whether a commit should follow soon, even if nothing has changed. */
  boolean isDue();

  /**
   * Sets who writes.
   *
   * @param onDue runs when a commit becomes due; it must only schedule one
   * @param write writes what has changed and commits it, if a commit is due
   */
  void writer(Runnable onDue, Runnable write);

  /**
   * Writes what has changed. Comes before anybody is told of it, because a killed broker must not
   * have forgotten that. To be called only when no operation is half done.
   */
  void update();

  /** Whether anything is kept. If not, nobody needs to note changes. */
  boolean isOn();

  /**
   * Writes an entity. It replaces what was written for it before, but not until the commit.
   *
   * @param saved a record of {@code broker.state}
   */
  void put(Kind kind, long id, Record saved);

  /** Removes an entity that is gone. */
  void remove(Kind kind, long id);

  /**
   * Makes everything that was written since the last commit part of the state, in one step. Then
   * closes what has been waiting for it.
   */
  void commit(Ids ids);
}
