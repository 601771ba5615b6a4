package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Change;
import dev.sockbroker.broker.kernel.Ledger;

/**
 * Lets a connection answer requests that have changed nothing but the connection, without a commit
 * for each. Instead, the note of the send says how much input the answers are to. After a crash
 * these requests are over. Loop thread only.
 */
final class Answers {
  private final Ledger ledger;
  private final Change change;

  /** How much input was handled since the connection's record was written. */
  private long handled;

  /**
   * @param change of the connection
   */
  Answers(Ledger ledger, Change change) {
    this.ledger = ledger;
    this.change = change;
  }

  /** A request was read. */
  void onFrame(int bytes) {
    handled += bytes;
    change.noteLogged();
  }

  /**
   * A reply or an event was written. Without requests that were read since the record, only another
   * record can say so.
   */
  void onWrite() {
    if (handled == 0) {
      change.note();
    }
  }

  /** The record of the connection is written now. */
  void onRecord() {
    handled = 0;
  }

  /**
   * Comes before each send.
   *
   * @param unsent is sent in this or in several calls
   * @param isAwaited whether somebody waits for the client to get it, which only a record says
   */
  void beforeSend(Unsent unsent, boolean isAwaited) {
    if (isAwaited || unsent.segments() > 1) {
      change.note();
    }
    ledger.update();
    if (handled > 0) {
      ledger.answering(handled);
    }
  }
}
