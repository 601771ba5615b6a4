package dev.sockbroker.broker.core;

/** What a session waits for: an operation on a socket, or event objects. */
sealed interface Waiting permits Operation, EventWait {
  /** Ends it with an error as its answer. */
  void refuse(RefusedException why);
}
