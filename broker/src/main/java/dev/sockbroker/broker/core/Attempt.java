package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;

/** What an operation does when its turn comes. */
interface Attempt {
  /** How far it came. */
  enum Progress {
    /** It has answered. */
    DONE,
    /** The kernel must be ready first. */
    BLOCKED,
    /** Something other than the kernel must come first: more bytes of the client, an answer. */
    STARVED
  }

  /** Tries once. */
  Progress proceed();

  /**
   * It begins to wait, maybe without having been tried: what it keeps counts for its session from
   * now on (rule 20).
   *
   * @throws RefusedException ENOBUFS if that is too much
   */
  default void onWait() {}

  /**
   * Whether it has done a part of its work, so that nothing may come between that and the rest: it
   * keeps its turn also while its session does not read.
   */
  default boolean hasBegun() {
    return false;
  }

  /** Its time is over: it may take what is there, where it has waited for more. */
  default Progress onTime() {
    return Progress.BLOCKED;
  }

  /** The error that stands for "it cannot proceed now". */
  int wouldBlock();

  /** Gives up and answers: the error, or what was done so far. */
  void refuse(RefusedException why);

  /** Gives up without an answer, its session being gone. */
  void discard();

  /** The last that its operation says to it: it has answered, or never will. */
  default void over() {}
}
