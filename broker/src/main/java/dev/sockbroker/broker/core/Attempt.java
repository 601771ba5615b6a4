package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedOperation;

/** The work that an operation does when its turn comes. */
interface Attempt {
  /** The result of one try. */
  enum Progress {
    /** The operation has replied. */
    DONE,
    /** Waits for the kernel. */
    BLOCKED,
    /** Waits for something other than the kernel, such as more bytes from the client or a reply. */
    STARVED
  }

  /** Tries once. */
  Progress proceed();

  /**
   * Begins to wait, perhaps before the first try. Charges the session for what the operation keeps
   * (rule 20).
   *
   * @throws RefusedException ENOBUFS if the session's limit is reached
   */
  default void onWait() {}

  /**
   * Whether a part of the work is done, so that no other operation may come before the rest. The
   * operation then keeps its turn even while its session does not read.
   */
  default boolean hasBegun() {
    return false;
  }

  /**
   * Handles the end of the operation's time. An operation that waited for more may take what is
   * available.
   */
  default Progress onTime() {
    return Progress.BLOCKED;
  }

  /** Returns the errno for "cannot proceed now". */
  int wouldBlock();

  /** Gives up and replies with the error or with what was done so far. */
  void refuse(RefusedException why);

  /** Gives up without a reply, because the session is gone. */
  void discard();

  /** Saves how far the work has come. */
  default SavedOperation.Progress save() {
    return new SavedOperation.None();
  }

  /** Called last: the operation has replied or never will. */
  default void over() {}
}
